-- The node whose agent ended in mid-attempt and is there again: what it had encoded lies there, and the next attempt can go on from it. Null
-- once another attempt has run, and from the second such end on: it may be the job that ends agents.

ALTER TABLE jobs ADD COLUMN left_on TEXT;
