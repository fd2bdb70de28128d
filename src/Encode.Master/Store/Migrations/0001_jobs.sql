-- Jobs, what happened to them, and the keys that make a submission repeatable. Times are milliseconds since 1970, UTC.

CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE jobs (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE CHECK (length(id) = 32 AND id NOT GLOB '*[^0-9a-f]*'),
    state TEXT NOT NULL CHECK (state IN
        ('queued', 'assigned', 'running', 'paused', 'publishing', 'completed', 'failed', 'timed_out', 'canceled', 'rejected')),
    -- Numbers, because they are the order of service: live, default, batch, and high, medium, low.
    queue INTEGER NOT NULL CHECK (queue BETWEEN 0 AND 2),
    priority INTEGER NOT NULL CHECK (priority BETWEEN 0 AND 2),
    request TEXT NOT NULL,
    settings TEXT NOT NULL,
    input_url TEXT,
    output_url TEXT NOT NULL,
    replaces INTEGER NOT NULL CHECK (replaces IN (0, 1)),
    max_retries INTEGER NOT NULL CHECK (max_retries >= 0),
    timeout_seconds INTEGER NOT NULL CHECK (timeout_seconds >= 0),
    created_at INTEGER NOT NULL,

    -- The newest attempt. Its token stays until the next claim, so that a repeated report is known again.
    attempt INTEGER NOT NULL DEFAULT 0,
    token TEXT CHECK (length(token) = 32),
    node_id TEXT,
    lease_until INTEGER,
    retries_used INTEGER NOT NULL DEFAULT 0 CHECK (retries_used BETWEEN 0 AND max_retries),
    not_before INTEGER,
    started_at INTEGER,
    finished_at INTEGER,
    output_sha256 TEXT,
    result TEXT,
    error_class TEXT,
    error_message TEXT,

    CHECK ((state IN ('assigned', 'running', 'paused')) = (lease_until IS NOT NULL)),
    CHECK (state NOT IN ('assigned', 'running', 'paused', 'publishing') OR (token IS NOT NULL AND node_id IS NOT NULL)),
    CHECK ((state IN ('completed', 'failed', 'timed_out', 'canceled', 'rejected')) = (finished_at IS NOT NULL)),
    CHECK ((error_class IS NULL) = (error_message IS NULL))
) STRICT;

-- The head of the queue; lists; what nodes hold; whether a file is needed.
CREATE INDEX jobs_waiting ON jobs (queue, priority, seq) WHERE state = 'queued';
CREATE INDEX jobs_delayed ON jobs (not_before) WHERE state = 'queued' AND not_before IS NOT NULL;
CREATE INDEX jobs_by_state ON jobs (state, seq);
CREATE INDEX jobs_by_queue ON jobs (queue, seq);
CREATE INDEX jobs_held ON jobs (node_id) WHERE state IN ('assigned', 'running', 'paused', 'publishing');
CREATE INDEX jobs_reading ON jobs (input_url) WHERE state IN ('queued', 'assigned', 'running', 'paused', 'publishing');

CREATE TRIGGER jobs_begin_queued BEFORE INSERT ON jobs WHEN NEW.state <> 'queued'
BEGIN
    SELECT raise(ABORT, 'a job begins queued');
END;

-- The second of the three places where the state machine is written down; JobTransitions is the first.
CREATE TRIGGER jobs_transitions BEFORE UPDATE OF state ON jobs
WHEN NEW.state <> OLD.state AND (OLD.state || ' ' || NEW.state) NOT IN (
    'queued assigned', 'queued canceled', 'queued rejected', 'queued failed',
    'assigned running', 'assigned queued', 'assigned publishing', 'assigned canceled', 'assigned failed', 'assigned timed_out',
    'running queued', 'running paused', 'running publishing', 'running canceled', 'running failed', 'running timed_out',
    'paused running', 'paused queued', 'paused canceled', 'paused failed',
    'publishing completed', 'publishing failed',
    'failed queued', 'timed_out queued')
BEGIN
    SELECT raise(ABORT, 'this move between job states is not allowed');
END;

CREATE TABLE idempotency (
    scope TEXT NOT NULL,
    key TEXT NOT NULL,
    body_sha256 TEXT NOT NULL,
    job_seq INTEGER NOT NULL REFERENCES jobs (seq) ON DELETE CASCADE,
    PRIMARY KEY (scope, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_by_job ON idempotency (job_seq);

CREATE TABLE job_events (
    id INTEGER PRIMARY KEY,
    job_seq INTEGER NOT NULL REFERENCES jobs (seq) ON DELETE CASCADE,
    at INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    node_id TEXT,
    line TEXT NOT NULL
) STRICT;

CREATE INDEX job_events_by_job ON job_events (job_seq, id);
