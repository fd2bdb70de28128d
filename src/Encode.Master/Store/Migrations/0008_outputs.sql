-- A job has a list of outputs: where each goes, and what happens when its name is taken. What is staged for it remembers the name it is to have.

ALTER TABLE jobs ADD COLUMN outputs TEXT NOT NULL DEFAULT '[]';
UPDATE jobs SET outputs = json_array(json_object('url', output_url, 'if_exists', iif(replaces, 'replace', 'fail')));

ALTER TABLE files ADD COLUMN staged_name TEXT;
UPDATE files SET staged_name = (SELECT substr(output_url, length('upload:') + 1) FROM jobs WHERE jobs.id = files.job_id) WHERE state = 'staged';
DROP INDEX files_staged;
CREATE UNIQUE INDEX files_staged ON files (job_id, staged_name) WHERE state = 'staged';

ALTER TABLE jobs DROP COLUMN output_url;
ALTER TABLE jobs DROP COLUMN replaces;
