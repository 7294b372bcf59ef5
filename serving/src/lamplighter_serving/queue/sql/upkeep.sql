-- Counting, and what nobody in particular does: any process may, all at once. Used by queue/postgres/upkeep.py.

-- name: reap_leases
-- Bounded, so that one call is short after a long outage. Rows that another call holds are left to it.
WITH expired AS (
    SELECT id FROM jobs
    WHERE state = 'running' AND lease_expires_at <= now()
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
), ended AS (
    UPDATE jobs
    SET state = CASE WHEN attempt < max_attempts THEN 'queued' ELSE 'dead' END,
        available_at = CASE WHEN attempt < max_attempts
            THEN now() + make_interval(secs => least(%(most_seconds)s::float8,
                    %(first_seconds)s::float8 * power(%(factor)s::float8, least(attempt - 1, 64)))
                * (1 - %(jitter)s::float8 + %(jitter)s::float8 * random()))
            ELSE available_at END,
        finished_at = CASE WHEN attempt < max_attempts THEN NULL ELSE now() END,
        holder = NULL, lease_expires_at = NULL, problem = %(problem)s::json, events = events + 1
    FROM expired WHERE jobs.id = expired.id
    RETURNING jobs.id, worker, state, events, problem, attempt
), noted AS (
    INSERT INTO job_events (job_id, sequence, at, kind, data)
    SELECT id, events, now(), CASE state WHEN 'queued' THEN 'retry' ELSE 'dead' END,
        json_build_object('attempt', attempt, 'problem', problem)
    FROM ended
), counted AS (
    INSERT INTO outcomes (worker, state, jobs) SELECT worker, state, 1 FROM ended WHERE state = 'dead'
)
SELECT id, pg_notify('lamplighter', json_build_object('worker', worker, 'job', id,
    'kind', CASE state WHEN 'queued' THEN 'changed' ELSE 'finished' END)::text)
FROM ended;

-- name: count_depths
-- Two counts, each over its own small index.
SELECT worker, count(*) AS queued, 0::bigint AS running,
    extract(epoch FROM now() - min(available_at))::float8 AS oldest_age_seconds
FROM jobs WHERE state = 'queued' AND available_at <= now() GROUP BY worker
UNION ALL
SELECT worker, 0, count(*), 0 FROM jobs WHERE state = 'running' GROUP BY worker;

-- name: next_available
SELECT extract(epoch FROM available_at - now())::float8 AS seconds FROM jobs
WHERE worker = %(worker)s AND state = 'queued' AND attempt > 0 AND available_at > now()
ORDER BY available_at LIMIT 1;

-- name: sum_outcomes
SELECT worker, state, sum(jobs)::bigint AS jobs FROM outcomes GROUP BY worker, state;

-- name: fold_outcomes
-- Rows that another fold holds are left to it; a reader sees either the rows or their sum.
WITH chosen AS (
    SELECT ctid FROM outcomes FOR UPDATE SKIP LOCKED
), gone AS (
    DELETE FROM outcomes WHERE ctid IN (SELECT ctid FROM chosen) RETURNING worker, state, jobs
)
INSERT INTO outcomes (worker, state, jobs) SELECT worker, state, sum(jobs) FROM gone GROUP BY worker, state;

-- name: fold_usage
WITH chosen AS (
    SELECT ctid FROM usage FOR UPDATE SKIP LOCKED
), gone AS (
    DELETE FROM usage WHERE ctid IN (SELECT ctid FROM chosen)
    RETURNING tenant, day, worker, jobs, bytes, prompt_tokens, completion_tokens, work_seconds
)
INSERT INTO usage (tenant, day, worker, jobs, bytes, prompt_tokens, completion_tokens, work_seconds)
SELECT tenant, day, worker, sum(jobs), sum(bytes), sum(prompt_tokens), sum(completion_tokens), sum(work_seconds)
FROM gone GROUP BY tenant, day, worker;

-- name: purge_documents
WITH old AS (
    SELECT id FROM jobs
    WHERE document_kept AND finished_at IS NOT NULL AND finished_at <= now() - %(documents)s
    ORDER BY finished_at LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
), gone AS (
    DELETE FROM document_chunks USING old WHERE document_chunks.job_id = old.id
)
UPDATE jobs SET document_kept = false FROM old WHERE jobs.id = old.id RETURNING jobs.id;

-- name: purge_jobs
WITH old AS (
    SELECT id FROM jobs
    WHERE document_kept IN (true, false) AND finished_at IS NOT NULL AND finished_at <= now() - %(jobs)s
    ORDER BY finished_at LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
)
DELETE FROM jobs USING old WHERE jobs.id = old.id RETURNING jobs.id;
