-- On which side an image was when a run first learned: what has trained is never measured on.

ALTER TABLE images ADD COLUMN drawn TEXT NOT NULL DEFAULT '' CHECK (drawn IN ('', 'train', 'val'));
