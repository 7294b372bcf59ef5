-- Batches. Used by gateway/batches/table.py. What a turn does is one transaction that holds the batch's row; a process that ends
-- in the middle leaves the batch as it was before the turn. Column lists are written out: a prepared "SELECT *" fails when a
-- migration adds a column under a running program.

-- name: create_batch
INSERT INTO batches (id, tenant, input_file_id, endpoint, "window", metadata, expires_at)
SELECT %(id)s, %(tenant)s, files.id, %(endpoint)s, %(window)s, %(metadata)s::json, now() + %(lasts)s
FROM files WHERE files.id = %(file)s AND files.tenant = %(tenant)s AND complete
FOR KEY SHARE
RETURNING id, tenant, input_file_id, endpoint, "window", metadata, state, outcome, created_at, expires_at, in_progress_at, cancelling_at,
    finalizing_at, ended_at, read_bytes, read_lines, lines, completed, failed, written, errors, output_file_id, error_file_id;

-- name: get_batch
SELECT id, tenant, input_file_id, endpoint, "window", metadata, state, outcome, created_at, expires_at, in_progress_at, cancelling_at,
    finalizing_at, ended_at, read_bytes, read_lines, lines, completed, failed, written, errors, output_file_id, error_file_id
FROM batches WHERE id = %(id)s AND tenant = %(tenant)s;

-- name: list_batches
SELECT id, tenant, input_file_id, endpoint, "window", metadata, state, outcome, created_at, expires_at, in_progress_at, cancelling_at,
    finalizing_at, ended_at, read_bytes, read_lines, lines, completed, failed, written, errors, output_file_id, error_file_id
FROM batches
WHERE tenant = %(tenant)s AND (%(after)s::uuid IS NULL
    OR (created_at, id) < (SELECT last.created_at, last.id FROM batches AS last WHERE last.id = %(after)s))
ORDER BY created_at DESC, id DESC LIMIT %(limit)s;

-- name: cancel_batch
UPDATE batches SET state = 'cancelling', cancelling_at = now(), turn_at = '-infinity'
WHERE id = %(id)s AND tenant = %(tenant)s AND state IN ('validating', 'in_progress') RETURNING id;

-- name: take_turn
-- The open batch that waited longest, of those that no other process has in its hands.
SELECT id, tenant, input_file_id, endpoint, "window", metadata, state, outcome, created_at, expires_at, in_progress_at, cancelling_at,
    finalizing_at, ended_at, read_bytes, read_lines, lines, completed, failed, written, errors, output_file_id, error_file_id
FROM batches
WHERE state IN ('validating', 'in_progress', 'cancelling', 'finalizing')
ORDER BY turn_at LIMIT 1 FOR UPDATE SKIP LOCKED;

-- name: end_turn
UPDATE batches SET turn_at = clock_timestamp() WHERE id = %(id)s;

-- name: add_lines
-- A custom_id that is there already is left out of the answer.
INSERT INTO batch_lines (batch_id, line, custom_id, begin, bytes)
SELECT %(id)s, line, custom_id, begin, bytes
FROM unnest(%(lines)s::integer[], %(custom_ids)s::text[], %(begins)s::bigint[], %(bytes)s::integer[])
    AS given (line, custom_id, begin, bytes)
ON CONFLICT (batch_id, custom_id) DO NOTHING RETURNING line;

-- name: note_read
UPDATE batches SET read_bytes = %(read_bytes)s, read_lines = %(read_lines)s, lines = lines + %(lines)s WHERE id = %(id)s;

-- name: begin_batch
UPDATE batches SET state = 'in_progress', in_progress_at = now() WHERE id = %(id)s;

-- name: fail_batch
UPDATE batches SET state = 'failed', ended_at = now(), errors = %(errors)s::json WHERE id = %(id)s;

-- name: collect_lines
-- Answers of jobs that have ended move to their lines. A job that is gone has ended too.
WITH ended AS (
    SELECT lines.line, jobs.id AS job, jobs.state, jobs.problem, results.result
    FROM batch_lines AS lines LEFT JOIN jobs ON jobs.id = lines.job_id LEFT JOIN results ON results.job_id = lines.job_id
    WHERE lines.batch_id = %(id)s AND lines.state = 'submitted'
        AND (jobs.id IS NULL OR jobs.state IN ('done', 'failed', 'dead', 'cancelled'))
    ORDER BY lines.line LIMIT %(limit)s
), moved AS (
    UPDATE batch_lines AS lines
    SET state = CASE WHEN ended.result IS NOT NULL THEN 'done'
            WHEN ended.state = 'cancelled' AND %(ending)s THEN 'dropped' ELSE 'failed' END,
        status = CASE WHEN ended.result IS NOT NULL THEN 200 WHEN ended.state = 'failed' THEN 400
            WHEN ended.state = 'dead' THEN 503 ELSE 409 END,
        answer = coalesce(ended.result -> 'data', ended.problem)
    FROM ended WHERE lines.batch_id = %(id)s AND lines.line = ended.line
    RETURNING lines.state
), counted AS (
    UPDATE batches SET completed = completed + (SELECT count(*) FROM moved WHERE moved.state = 'done'),
        failed = failed + (SELECT count(*) FROM moved WHERE moved.state = 'failed')
    WHERE id = %(id)s
)
SELECT count(*) AS lines FROM moved;

-- name: count_open_lines
SELECT (SELECT count(*) FROM batch_lines WHERE batch_id = %(id)s AND state = 'submitted') AS submitted,
    EXISTS (SELECT 1 FROM batch_lines WHERE batch_id = %(id)s AND state = 'waiting') AS waiting;

-- name: waiting_lines
SELECT line, custom_id, begin, bytes FROM batch_lines
WHERE batch_id = %(id)s AND state = 'waiting' ORDER BY line LIMIT %(limit)s;

-- name: submit_lines
UPDATE batch_lines AS lines SET state = 'submitted', job_id = given.job_id
FROM unnest(%(lines)s::integer[], %(jobs)s::uuid[]) AS given (line, job_id)
WHERE lines.batch_id = %(id)s AND lines.line = given.line;

-- name: refuse_lines
WITH refused AS (
    UPDATE batch_lines AS lines SET state = 'failed', status = given.status, answer = given.answer::json
    FROM unnest(%(lines)s::integer[], %(statuses)s::smallint[], %(answers)s::text[]) AS given (line, status, answer)
    WHERE lines.batch_id = %(id)s AND lines.line = given.line
    RETURNING lines.line
)
UPDATE batches SET failed = failed + (SELECT count(*) FROM refused) WHERE id = %(id)s;

-- name: submitted_jobs
SELECT job_id FROM batch_lines WHERE batch_id = %(id)s AND state = 'submitted' AND job_id IS NOT NULL;

-- name: finalize_batch
UPDATE batches SET state = 'finalizing', outcome = %(outcome)s, finalizing_at = now() WHERE id = %(id)s;

-- name: lines_to_write
SELECT line, custom_id, job_id, state, status, answer FROM batch_lines
WHERE batch_id = %(id)s AND line > %(written)s ORDER BY line LIMIT %(limit)s;

-- name: note_written
UPDATE batches SET written = %(written)s, output_file_id = %(output)s, error_file_id = %(error)s WHERE id = %(id)s;

-- name: end_batch
UPDATE batches SET state = outcome, ended_at = now() WHERE id = %(id)s;

-- name: forget_lines
DELETE FROM batch_lines WHERE batch_id = %(id)s;

-- name: purge_batches
DELETE FROM batches WHERE ended_at <= now() - %(age)s RETURNING id;
