-- Files of clients. Used by gateway/batches/files.py. Nobody sees one that is still being written.

-- name: create_file
INSERT INTO files (id, tenant, purpose, name, bytes, complete)
VALUES (%(id)s, %(tenant)s, %(purpose)s, %(name)s, %(bytes)s, %(complete)s)
RETURNING id, purpose, name, bytes, created_at;

-- name: add_chunk
INSERT INTO file_chunks (file_id, begin, bytes) VALUES (%(id)s, %(begin)s, %(bytes)b);

-- name: get_file
SELECT id, purpose, name, bytes, created_at FROM files WHERE id = %(id)s AND tenant = %(tenant)s AND complete;

-- name: list_files
-- Newest first, after the file that ended the last page.
SELECT id, purpose, name, bytes, created_at FROM files
WHERE tenant = %(tenant)s AND complete AND (%(purpose)s::text IS NULL OR purpose = %(purpose)s)
    AND (%(after)s::uuid IS NULL
        OR (created_at, id) < (SELECT last.created_at, last.id FROM files AS last WHERE last.id = %(after)s))
ORDER BY created_at DESC, id DESC LIMIT %(limit)s;

-- name: file_chunks_from
-- The chunks that hold what begins at an offset. No chunk is longer than `longest`.
SELECT begin, bytes FROM file_chunks
WHERE file_id = %(id)s AND begin > %(offset)s - %(longest)s AND begin <= %(until)s
ORDER BY begin LIMIT %(limit)s;

-- name: file_is_read
SELECT 1 AS one FROM batches
WHERE input_file_id = %(id)s AND state IN ('validating', 'in_progress', 'cancelling') LIMIT 1;

-- name: delete_file
DELETE FROM files WHERE id = %(id)s AND tenant = %(tenant)s AND complete RETURNING id;

-- name: grow_file
UPDATE files SET bytes = bytes + %(bytes)s WHERE id = %(id)s RETURNING bytes - %(bytes)s AS begin;

-- name: finish_file
UPDATE files SET complete = true WHERE id = %(id)s;

-- name: purge_files
DELETE FROM files WHERE created_at <= now() - %(age)s AND complete AND NOT EXISTS (
    SELECT 1 FROM batches
    WHERE input_file_id = files.id AND state IN ('validating', 'in_progress', 'cancelling'))
RETURNING id;
