-- Names of files. Content stands under an opaque id, so that a rename is one row and a name is never a path.

CREATE TABLE files (
    content_id TEXT PRIMARY KEY CHECK (length(content_id) = 32),
    name TEXT UNIQUE,
    state TEXT NOT NULL CHECK (state IN ('uploading', 'complete', 'staged')),
    bytes INTEGER NOT NULL DEFAULT 0 CHECK (bytes >= 0),
    sha256 TEXT CHECK (length(sha256) = 64),
    job_id TEXT REFERENCES jobs (id) ON DELETE SET NULL,
    attempt INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    CHECK ((state = 'staged') = (name IS NULL)),
    CHECK ((state = 'uploading') = (sha256 IS NULL))
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX files_staged ON files (job_id) WHERE state = 'staged';
CREATE INDEX files_by_job ON files (job_id) WHERE job_id IS NOT NULL;
