-- How many rows there are of each kind, kept by triggers. Monitors ask several times a minute, and an answer must not take longer the more
-- jobs a farm has had.

CREATE TABLE job_counts (
    state TEXT NOT NULL,
    queue INTEGER NOT NULL,
    -- Empty for jobs without an error.
    error_class TEXT NOT NULL,
    jobs INTEGER NOT NULL,
    PRIMARY KEY (state, queue, error_class)
) STRICT, WITHOUT ROWID;

INSERT INTO job_counts SELECT state, queue, coalesce(error_class, ''), count(*) FROM jobs GROUP BY 1, 2, 3;

CREATE TRIGGER jobs_counted_in AFTER INSERT ON jobs
BEGIN
    INSERT INTO job_counts VALUES (NEW.state, NEW.queue, coalesce(NEW.error_class, ''), 1)
        ON CONFLICT (state, queue, error_class) DO UPDATE SET jobs = jobs + 1;
END;

CREATE TRIGGER jobs_counted_over AFTER UPDATE OF state, queue, error_class ON jobs
WHEN NEW.state <> OLD.state OR NEW.queue <> OLD.queue OR NEW.error_class IS NOT OLD.error_class
BEGIN
    UPDATE job_counts SET jobs = jobs - 1 WHERE state = OLD.state AND queue = OLD.queue AND error_class = coalesce(OLD.error_class, '');
    INSERT INTO job_counts VALUES (NEW.state, NEW.queue, coalesce(NEW.error_class, ''), 1)
        ON CONFLICT (state, queue, error_class) DO UPDATE SET jobs = jobs + 1;
END;

CREATE TRIGGER jobs_counted_out AFTER DELETE ON jobs
BEGIN
    UPDATE job_counts SET jobs = jobs - 1 WHERE state = OLD.state AND queue = OLD.queue AND error_class = coalesce(OLD.error_class, '');
END;

CREATE TABLE file_counts (
    state TEXT PRIMARY KEY,
    files INTEGER NOT NULL,
    bytes INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO file_counts SELECT state, count(*), sum(bytes) FROM files GROUP BY 1;

CREATE TRIGGER files_counted_in AFTER INSERT ON files
BEGIN
    INSERT INTO file_counts VALUES (NEW.state, 1, NEW.bytes)
        ON CONFLICT (state) DO UPDATE SET files = files + 1, bytes = bytes + NEW.bytes;
END;

CREATE TRIGGER files_counted_over AFTER UPDATE OF state, bytes ON files
BEGIN
    UPDATE file_counts SET files = files - 1, bytes = bytes - OLD.bytes WHERE state = OLD.state;
    INSERT INTO file_counts VALUES (NEW.state, 1, NEW.bytes)
        ON CONFLICT (state) DO UPDATE SET files = files + 1, bytes = bytes + NEW.bytes;
END;

CREATE TRIGGER files_counted_out AFTER DELETE ON files
BEGIN
    UPDATE file_counts SET files = files - 1, bytes = bytes - OLD.bytes WHERE state = OLD.state;
END;
