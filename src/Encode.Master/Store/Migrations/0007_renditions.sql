-- A job has several renditions, tracks and outputs now: what was one picture, one sound and one container becomes a list of one.

UPDATE jobs SET settings = json_remove(
    json_set(
        settings,
        '$.video', json_array(json_extract(settings, '$.video')),
        '$.audio', json_array(json_extract(settings, '$.audio')),
        '$.outputs', json_array(json_object('container', coalesce(json_extract(settings, '$.container'), 'mp4')))),
    '$.container')
WHERE json_type(settings, '$.video') = 'object';
