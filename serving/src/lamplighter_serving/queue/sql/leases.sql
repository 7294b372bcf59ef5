-- What a worker does with a job it holds. Used by queue/postgres/leases.py. Every statement but lease_jobs is guarded by
-- fence, state and the end of the lease, and changes nothing when the lease is lost.

-- name: lease_jobs
-- Whose turn it is: the tenant whose last lease is the longest ago; with a weight of w its w-th last one, so that it has w turns
-- while another has one. A tenant's own jobs go by priority, then age. A priority below 0 is for work that waits for everybody's
-- other work; one above 0 gets nothing from other tenants. Only the tenants with the first turns can be among the next jobs.
-- The tenants come from the index one by one (a loose scan). The jobs are chosen without a lock, and then as many of each tenant
-- are locked: of two workers at once each gets its own. What a worker misses that way it takes from the rest, in any order.
-- The picked rows are found by = ANY, not by a join: a plan for any limit expects a tenth of the queue and would join by reading
-- the whole table.
-- A job that has lost its worker twice may be what ends workers. It is leased alone, by a holder that holds nothing, and that
-- holder gets nothing else meanwhile: its neighbours would lose their attempts with it and end as dead. Once it is the next in
-- line nothing behind it is leased to a busy holder, so that one becomes idle.
WITH RECURSIVE backlog AS (
    (
        SELECT tenant, priority, created_at, available_at FROM jobs
        WHERE worker = %(worker)s AND state = 'queued'
        ORDER BY tenant COLLATE "C", priority DESC, created_at LIMIT 1
    )
    UNION ALL
    SELECT following.* FROM backlog CROSS JOIN LATERAL (
        SELECT tenant, priority, created_at, available_at FROM jobs
        WHERE worker = %(worker)s AND state = 'queued' AND jobs.tenant COLLATE "C" > backlog.tenant
        ORDER BY tenant COLLATE "C", priority DESC, created_at LIMIT 1
    ) AS following
), shares AS (
    SELECT backlog.tenant, backlog.weight, past.turns
    FROM (
        SELECT backlog.*, coalesce(tenants.weight, 1) AS weight FROM backlog LEFT JOIN tenants USING (tenant)
        OFFSET 0  -- the weight is calculated here, and once
    ) AS backlog
    CROSS JOIN LATERAL (
        SELECT backlog.priority, backlog.created_at WHERE backlog.available_at <= now()
        UNION ALL  -- behind a retry that waits for later
        (
            SELECT priority, created_at FROM jobs
            WHERE backlog.available_at > now() AND available_at <= now()
                AND worker = %(worker)s AND state = 'queued' AND jobs.tenant COLLATE "C" = backlog.tenant
            ORDER BY priority DESC, created_at LIMIT 1
        )
    ) AS first
    CROSS JOIN LATERAL (
        SELECT ARRAY(
            SELECT leased_at FROM jobs
            WHERE worker = %(worker)s AND jobs.tenant = backlog.tenant AND leased_at IS NOT NULL
            ORDER BY leased_at DESC LIMIT backlog.weight
        ) AS turns
        OFFSET 0
    ) AS past
    ORDER BY first.priority < 0, past.turns[backlog.weight] NULLS FIRST, first.priority DESC, first.created_at
    LIMIT %(limit)s
), slots AS (
    SELECT shares.tenant, job.place, job.place / shares.weight AS round,
        shares.turns[shares.weight - job.place %% shares.weight] AS turn, job.priority, job.created_at
    FROM shares CROSS JOIN LATERAL (
        SELECT priority, created_at, (row_number() OVER (ORDER BY priority DESC, created_at) - 1)::integer AS place
        FROM (
            SELECT priority, created_at FROM jobs
            WHERE worker = %(worker)s AND state = 'queued' AND jobs.tenant COLLATE "C" = shares.tenant AND available_at <= now()
            ORDER BY priority DESC, created_at LIMIT %(limit)s
        ) AS ready
    ) AS job
    ORDER BY priority < 0, round, turn NULLS FIRST, priority DESC, created_at
    LIMIT %(limit)s
), portions AS (
    SELECT tenant, count(*) AS jobs FROM slots GROUP BY tenant
), shared AS (
    SELECT portions.tenant, job.*
    FROM portions CROSS JOIN LATERAL (
        SELECT id, priority, created_at, attempt, problem
        FROM jobs
        WHERE worker = %(worker)s AND state = 'queued' AND jobs.tenant COLLATE "C" = portions.tenant AND available_at <= now()
        ORDER BY priority DESC, created_at
        LIMIT portions.jobs
        FOR UPDATE SKIP LOCKED
    ) AS job
), rest AS (
    SELECT tenant, id, priority, created_at, attempt, problem
    FROM jobs
    WHERE worker = %(worker)s AND state = 'queued' AND available_at <= now() AND id <> ALL (ARRAY(SELECT id FROM shared))
    ORDER BY tenant COLLATE "C", priority DESC, created_at
    LIMIT %(limit)s - (SELECT count(*) FROM shared)
    FOR UPDATE SKIP LOCKED
), next AS (
    SELECT id, attempt >= 2 AND problem ->> 'code' = 'worker-lost' AS suspect, row_number() OVER (
        ORDER BY slots.priority < 0, slots.round, slots.turn NULLS FIRST, slots.priority DESC, slots.created_at
    ) AS place
    FROM (
        SELECT *, row_number() OVER (PARTITION BY tenant ORDER BY priority DESC, created_at) - 1 AS own_place
        FROM (SELECT * FROM shared UNION ALL SELECT * FROM rest) AS locked
    ) AS locked LEFT JOIN slots ON slots.tenant = locked.tenant AND slots.place = locked.own_place
), lined AS (
    SELECT id, place, bool_or(suspect) OVER (ORDER BY place ROWS UNBOUNDED PRECEDING) AS behind_suspect FROM next
), held AS (
    SELECT count(*) AS jobs, count(*) FILTER (WHERE attempt > 2 AND problem ->> 'code' = 'worker-lost') AS suspects
    FROM jobs WHERE worker = %(worker)s AND state = 'running' AND holder = %(holder)s
), picked AS (
    SELECT id FROM lined, held
    WHERE held.suspects = 0 AND (NOT behind_suspect OR (place = 1 AND held.jobs = 0))
), leased AS (
    UPDATE jobs
    SET state = 'running', attempt = attempt + 1, fence = fence + 1, holder = %(holder)s, events = events + 1,
        started_at = coalesce(started_at, now()), lease_expires_at = now() + %(duration)s,
        leased_at = now() + (SELECT place FROM next WHERE next.id = jobs.id) * interval '1 microsecond'
    WHERE id = ANY (ARRAY(SELECT id FROM picked))
    RETURNING id, tenant, worker, extractor, request, state, priority, attempt, max_attempts, fence, document_name,
        document_bytes, created_at, available_at, started_at, finished_at, lease_expires_at, problem, events
), noted AS (
    INSERT INTO job_events (job_id, sequence, at, kind, data)
    SELECT id, events, now(), 'running', json_build_object('attempt', attempt) FROM leased
)
SELECT leased.*, pg_notify('lamplighter', json_build_object('worker', worker, 'job', id, 'kind', 'changed')::text)
FROM leased JOIN next USING (id) ORDER BY next.place;

-- name: extend_leases
UPDATE jobs SET lease_expires_at = now() + %(duration)s
FROM unnest(%(ids)s::uuid[], %(fences)s::bigint[]) AS held (id, fence)
WHERE jobs.id = held.id AND jobs.fence = held.fence AND jobs.state = 'running' AND jobs.lease_expires_at > now()
    AND jobs.holder = %(holder)s
RETURNING jobs.id;

-- name: get_leased_document
-- A held job without chunks gives one row of null.
SELECT document_chunks.bytes
FROM jobs LEFT JOIN document_chunks ON document_chunks.job_id = jobs.id
WHERE jobs.id = %(id)s AND jobs.fence = %(fence)s AND jobs.state = 'running' AND jobs.lease_expires_at > now()
ORDER BY document_chunks.ordinal;

-- name: record_event
WITH held AS (
    UPDATE jobs SET events = events + 1
    WHERE id = %(id)s AND fence = %(fence)s AND state = 'running' AND lease_expires_at > now()
    RETURNING id, worker, events
), noted AS (
    INSERT INTO job_events (job_id, sequence, at, kind, data) SELECT id, events, now(), %(kind)s, %(data)s::json FROM held
)
SELECT pg_notify('lamplighter', json_build_object('worker', worker, 'job', id, 'kind', 'changed')::text) FROM held;

-- name: complete_job
WITH ended AS (
    UPDATE jobs
    SET state = 'done', finished_at = now(), holder = NULL, lease_expires_at = NULL, problem = NULL, events = events + 1
    WHERE id = %(id)s AND fence = %(fence)s AND state = 'running' AND lease_expires_at > now()
    RETURNING id, tenant, worker, events
), kept AS (
    INSERT INTO results (job_id, result) SELECT id, %(result)s::json FROM ended
), noted AS (
    INSERT INTO job_events (job_id, sequence, at, kind, data) SELECT id, events, now(), 'done', '{}' FROM ended
), counted AS (
    INSERT INTO outcomes (worker, state, jobs) SELECT worker, 'done', 1 FROM ended
), used AS (
    INSERT INTO usage (tenant, day, worker, prompt_tokens, completion_tokens, work_seconds)
    SELECT tenant, (now() AT TIME ZONE 'UTC')::date, worker, %(prompt_tokens)s, %(completion_tokens)s, %(work_seconds)s FROM ended
)
SELECT pg_notify('lamplighter', json_build_object('worker', worker, 'job', id, 'kind', 'finished')::text) FROM ended;

-- name: fail_job
WITH ended AS (
    UPDATE jobs
    SET state = 'failed', finished_at = now(), holder = NULL, lease_expires_at = NULL, problem = %(problem)s::json,
        events = events + 1
    WHERE id = %(id)s AND fence = %(fence)s AND state = 'running' AND lease_expires_at > now()
    RETURNING id, worker, events, problem, attempt
), noted AS (
    INSERT INTO job_events (job_id, sequence, at, kind, data)
    SELECT id, events, now(), 'failed', json_build_object('attempt', attempt, 'problem', problem) FROM ended
), counted AS (
    INSERT INTO outcomes (worker, state, jobs) SELECT worker, 'failed', 1 FROM ended
)
SELECT pg_notify('lamplighter', json_build_object('worker', worker, 'job', id, 'kind', 'finished')::text) FROM ended;

-- name: retry_job
WITH ended AS (
    UPDATE jobs
    SET state = CASE WHEN attempt < max_attempts THEN 'queued' ELSE 'dead' END,
        available_at = CASE WHEN attempt < max_attempts THEN now() + %(delay)s ELSE available_at END,
        finished_at = CASE WHEN attempt < max_attempts THEN NULL ELSE now() END,
        holder = NULL, lease_expires_at = NULL, problem = %(problem)s::json, events = events + 1
    WHERE id = %(id)s AND fence = %(fence)s AND state = 'running' AND lease_expires_at > now()
    RETURNING id, worker, state, events, problem, attempt
), noted AS (
    INSERT INTO job_events (job_id, sequence, at, kind, data)
    SELECT id, events, now(), CASE state WHEN 'queued' THEN 'retry' ELSE 'dead' END,
        json_build_object('attempt', attempt, 'problem', problem)
    FROM ended
), counted AS (
    INSERT INTO outcomes (worker, state, jobs) SELECT worker, state, 1 FROM ended WHERE state = 'dead'
)
SELECT state, pg_notify('lamplighter', json_build_object('worker', worker, 'job', id,
    'kind', CASE state WHEN 'queued' THEN 'changed' ELSE 'finished' END)::text)
FROM ended;

-- name: release_job
WITH freed AS (
    UPDATE jobs
    SET state = 'queued', attempt = attempt - 1, holder = NULL, lease_expires_at = NULL, events = events + 1
    WHERE id = %(id)s AND fence = %(fence)s AND state = 'running' AND lease_expires_at > now()
    RETURNING id, worker, events
), noted AS (
    INSERT INTO job_events (job_id, sequence, at, kind, data) SELECT id, events, now(), 'queued', '{}' FROM freed
)
SELECT pg_notify('lamplighter', json_build_object('worker', worker, 'job', id, 'kind', 'committed')::text) FROM freed;
