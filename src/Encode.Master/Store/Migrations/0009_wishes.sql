-- What a user wants of a job that an agent holds and has not confirmed yet: that it stands still, or goes on. A paused job is held without a
-- slot and without an end of its lease: nobody works on it, so nothing needs a fence in time.

ALTER TABLE jobs ADD COLUMN wish TEXT CHECK (wish IN ('pause', 'resume'));
