-- Areas to ignore, and how many images have each class. box_count counts objects from now on: boxes that are no
-- areas. A rejection that is undone takes its verdict away again.

ALTER TABLE boxes ADD COLUMN ignored INTEGER NOT NULL DEFAULT 0;        -- an area, not an object

ALTER TABLE classes ADD COLUMN image_count INTEGER NOT NULL DEFAULT 0;  -- images with an object of it

INSERT INTO classes (id, name, colour, image_count)     -- every class is there: an update, in one pass over the boxes
    SELECT label, 'of a box', '', count(DISTINCT image) FROM boxes WHERE true GROUP BY label
    ON CONFLICT (id) DO UPDATE SET image_count = excluded.image_count;
