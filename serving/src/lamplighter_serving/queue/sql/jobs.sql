-- What a client sees of its jobs. Used by queue/postgres/jobs.py. Column lists are written out: a prepared "SELECT *" fails
-- when a migration adds a column under a running program.

-- name: get_job
SELECT id, tenant, worker, extractor, request, state, priority, attempt, max_attempts, fence, document_name, document_bytes,
    created_at, available_at, started_at, finished_at, lease_expires_at, problem
FROM jobs WHERE id = %(id)s AND tenant = %(tenant)s;

-- name: get_standings
SELECT id, state, fence FROM jobs WHERE id = ANY(%(ids)s::uuid[]);

-- name: list_jobs
-- Newest first, before one place and not beyond another. The search is a filter on the way.
SELECT id, tenant, worker, extractor, request, state, priority, attempt, max_attempts, fence, document_name, document_bytes,
    created_at, available_at, started_at, finished_at, lease_expires_at, problem
FROM jobs
WHERE tenant = %(tenant)s
    AND (created_at, id) < (%(before_at)s::timestamptz, %(before_id)s::uuid)
    AND (created_at, id) >= (%(edge_at)s::timestamptz, %(edge_id)s::uuid)
    AND (strpos(document_search, %(search)s) > 0 OR strpos(id::text, %(search)s) > 0)
ORDER BY created_at DESC, id DESC
LIMIT %(limit)s;

-- name: list_jobs_in_state
-- A statement of its own, so that the planner always takes the index that has the state.
SELECT id, tenant, worker, extractor, request, state, priority, attempt, max_attempts, fence, document_name, document_bytes,
    created_at, available_at, started_at, finished_at, lease_expires_at, problem
FROM jobs
WHERE tenant = %(tenant)s
    AND state = %(state)s
    AND (created_at, id) < (%(before_at)s::timestamptz, %(before_id)s::uuid)
    AND (created_at, id) >= (%(edge_at)s::timestamptz, %(edge_id)s::uuid)
    AND (strpos(document_search, %(search)s) > 0 OR strpos(id::text, %(search)s) > 0)
ORDER BY created_at DESC, id DESC
LIMIT %(limit)s;

-- name: search_edge
-- Where one page of a search stops looking, so that a rare word does not read a million jobs.
SELECT created_at, id FROM jobs
WHERE tenant = %(tenant)s AND (created_at, id) < (%(before_at)s::timestamptz, %(before_id)s::uuid)
ORDER BY created_at DESC, id DESC
OFFSET %(window)s LIMIT 1;

-- name: cancel_job
WITH ended AS (
    UPDATE jobs SET state = 'cancelled', finished_at = now(), holder = NULL, lease_expires_at = NULL, events = events + 1
    WHERE id = %(id)s AND tenant = %(tenant)s AND state IN ('queued', 'running')
    RETURNING id, worker, events
), noted AS (
    INSERT INTO job_events (job_id, sequence, at, kind, data) SELECT id, events, now(), 'cancelled', '{}' FROM ended
), counted AS (
    INSERT INTO outcomes (worker, state, jobs) SELECT worker, 'cancelled', 1 FROM ended
)
SELECT pg_notify('lamplighter', json_build_object('worker', worker, 'job', id, 'kind', 'finished')::text) FROM ended;

-- name: erase_job
-- What belongs to the job goes with it.
WITH gone AS (
    DELETE FROM jobs WHERE id = %(id)s AND tenant = %(tenant)s RETURNING id, worker, state
), counted AS (
    INSERT INTO outcomes (worker, state, jobs) SELECT worker, 'cancelled', 1 FROM gone WHERE state IN ('queued', 'running')
)
SELECT id, pg_notify('lamplighter', json_build_object('worker', worker, 'job', id, 'kind', 'finished')::text) FROM gone;

-- name: get_result
SELECT results.result
FROM jobs LEFT JOIN results ON results.job_id = jobs.id AND jobs.state = 'done'
WHERE jobs.id = %(id)s AND jobs.tenant = %(tenant)s;

-- name: get_chunk
SELECT jobs.document_bytes, document_chunks.bytes
FROM jobs LEFT JOIN document_chunks ON document_chunks.job_id = jobs.id AND document_chunks.ordinal = %(ordinal)s
WHERE jobs.id = %(id)s AND jobs.tenant = %(tenant)s;

-- name: list_events
-- A job without new events gives one row of nulls, which tells it from a job that is not there.
SELECT job_events.sequence, job_events.at, job_events.kind, job_events.data
FROM jobs LEFT JOIN job_events ON job_events.job_id = jobs.id AND job_events.sequence > %(after)s
WHERE jobs.id = %(id)s AND jobs.tenant = %(tenant)s
ORDER BY job_events.sequence;
