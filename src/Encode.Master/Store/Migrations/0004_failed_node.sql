-- The node of the attempt that the error is about. The newest attempt's is another one when its offer was refused.

ALTER TABLE jobs ADD COLUMN failed_node TEXT;
