-- Nodes that an operator drains or removes. A removed node stays a row, so that its key, and the certificates that it showed, are known
-- and refused.

ALTER TABLE nodes ADD COLUMN drain_wanted INTEGER NOT NULL DEFAULT 0 CHECK (drain_wanted IN (0, 1));
ALTER TABLE nodes ADD COLUMN removed_at INTEGER;

-- SHA-256, lower-case hex, of every client certificate that a node registered with. Several nodes may share one.
CREATE TABLE node_certificates (
    sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
    node_id TEXT NOT NULL,
    first_seen_at INTEGER NOT NULL,
    PRIMARY KEY (sha256, node_id)
) STRICT, WITHOUT ROWID;
