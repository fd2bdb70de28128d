-- Nodes as they registered and as they were last heard of.

CREATE TABLE nodes (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    public_key TEXT NOT NULL,
    capabilities TEXT NOT NULL,
    media_roots TEXT NOT NULL,
    slots INTEGER NOT NULL CHECK (slots >= 0),
    slots_free INTEGER NOT NULL DEFAULT 0 CHECK (slots_free >= 0),
    heartbeat_seconds REAL NOT NULL CHECK (heartbeat_seconds > 0),
    token_sha256 TEXT NOT NULL UNIQUE,
    incarnation TEXT,
    sequence INTEGER NOT NULL DEFAULT 0,
    draining INTEGER NOT NULL DEFAULT 0 CHECK (draining IN (0, 1)),
    -- It said that it goes: nobody waits for its next heartbeat.
    gone INTEGER NOT NULL DEFAULT 0 CHECK (gone IN (0, 1)),
    registered_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
