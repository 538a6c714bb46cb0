-- The first schema: images, classes, boxes, the journal of edits, and what models said.

CREATE TABLE notes (                    -- small facts about the project, by key
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE classes (                  -- never deleted: an id is never given twice
    id        INTEGER PRIMARY KEY CHECK (id > 0),
    name      TEXT NOT NULL CHECK (name <> ''),
    colour    TEXT NOT NULL,
    position  INTEGER,                  -- in the order shown; NULL: retired, and only old boxes know it
    box_count INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE images (                   -- never deleted: an image whose file is gone has a problem
    id        INTEGER PRIMARY KEY,
    path      TEXT NOT NULL UNIQUE,     -- relative to the folder, with forward slashes
    sort_key  TEXT NOT NULL,            -- model/data/naming.py: img2 before img10
    width     INTEGER NOT NULL DEFAULT 0 CHECK (width >= 0),    -- px, upright; 0: not read yet
    height    INTEGER NOT NULL DEFAULT 0 CHECK (height >= 0),
    state     TEXT NOT NULL DEFAULT 'to do' CHECK (state IN ('to do', 'done', 'nothing here')),
    box_count INTEGER NOT NULL DEFAULT 0,
    split     TEXT NOT NULL DEFAULT '' CHECK (split IN ('', 'train', 'val', 'test')),
    problem   TEXT NOT NULL DEFAULT '',
    bytes     INTEGER,                  -- size and time of the file when it was found: a moved file is known by them
    time_ns   INTEGER
);

CREATE TABLE boxes (
    image     INTEGER NOT NULL REFERENCES images (id),
    position  INTEGER NOT NULL,         -- in the order of Labels.boxes, from 0
    xmin      REAL NOT NULL,            -- px of the upright image
    ymin      REAL NOT NULL,
    xmax      REAL NOT NULL,
    ymax      REAL NOT NULL,
    label     INTEGER NOT NULL REFERENCES classes (id),
    uid       INTEGER NOT NULL,
    difficult INTEGER NOT NULL,
    truncated INTEGER NOT NULL,
    occluded  INTEGER NOT NULL,
    pose      TEXT NOT NULL,
    PRIMARY KEY (image, position),
    CHECK (xmax > xmin AND ymax > ymin)
) WITHOUT ROWID;

CREATE TABLE journal (                  -- every step ever taken; rows are only added
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    time     TEXT NOT NULL,             -- ISO 8601, UTC
    kind     TEXT NOT NULL CHECK (kind IN ('edit', 'undo', 'redo')),
    target   INTEGER REFERENCES journal (sequence),     -- undo: the edit taken back; redo: the undo taken back
    beneath  INTEGER REFERENCES journal (sequence),     -- edit, undo: what lies under it on the undo, the redo stack
    text     TEXT NOT NULL
);

CREATE TABLE changes (                  -- of the edits of the journal; model/data/journal.py says how they are written
    sequence INTEGER NOT NULL REFERENCES journal (sequence),
    position INTEGER NOT NULL,
    image    INTEGER REFERENCES images (id),            -- NULL: the change is of the classes
    start    INTEGER NOT NULL,          -- the first box that differs
    before   TEXT NOT NULL,             -- JSON
    after    TEXT NOT NULL,             -- JSON
    PRIMARY KEY (sequence, position)
);

CREATE TABLE models (
    id      INTEGER PRIMARY KEY,
    name    TEXT NOT NULL UNIQUE,
    file    TEXT NOT NULL,              -- relative to the models folder
    created TEXT NOT NULL,              -- ISO 8601, UTC
    preset  TEXT NOT NULL,
    classes TEXT NOT NULL,              -- JSON: names
    ap      REAL,
    ap50    REAL
);

CREATE TABLE predictions (              -- what a model last said about an image
    image      INTEGER NOT NULL REFERENCES images (id),
    model      TEXT NOT NULL,           -- its name; it need not be one of the project's
    detections TEXT NOT NULL,           -- JSON
    PRIMARY KEY (image, model)
);

CREATE TABLE verdicts (                 -- what the person did with proposals; rows are only added
    id      INTEGER PRIMARY KEY,
    time    TEXT NOT NULL,              -- ISO 8601, UTC
    image   INTEGER NOT NULL REFERENCES images (id),
    verdict TEXT NOT NULL CHECK (verdict IN ('accepted', 'rejected')),
    name    TEXT NOT NULL,              -- the class as the model knows it
    score   REAL NOT NULL,
    xmin    REAL NOT NULL,
    ymin    REAL NOT NULL,
    xmax    REAL NOT NULL,
    ymax    REAL NOT NULL
);
