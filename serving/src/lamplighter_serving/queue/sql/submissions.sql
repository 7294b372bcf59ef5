-- How jobs come in. Used by queue/postgres/submissions.py.

-- name: submit_jobs
-- One statement for one job or many, so that concurrent submissions share one commit. A job whose idempotency key is taken is
-- left out of the answer. The jobs come as one JSON array, their first chunks beside it: the driver makes an array of each column
-- in Python, which cost a tenth of an ingest. A request is text in there, for json takes escapes (NUL) that its reader refuses.
-- Rows go in by key: two transactions that insert the same keys in different orders would lock each other. created_at is the wall
-- clock of each row, which keeps first come, first served within a transaction. One notice a class tells of all its new jobs.
WITH new AS MATERIALIZED (
    SELECT *, clock_timestamp() AS at
    FROM ROWS FROM (
        json_to_recordset(%(jobs)s::json) AS (
            id uuid, tenant text, worker text, extractor text, request text, request_digest text, idempotency bytea,
            document_name text, document_search text, document_bytes bigint, priority integer, max_attempts integer,
            webhook text
        ),
        unnest(%(chunks)b::bytea[])
    ) AS given (id, tenant, worker, extractor, request, request_digest, idempotency, document_name, document_search,
        document_bytes, priority, max_attempts, webhook, chunk)
), created AS (
    INSERT INTO jobs (id, tenant, worker, extractor, request, request_digest, idempotency, document_name, document_search,
        document_bytes, priority, max_attempts, webhook, created_at, available_at)
    SELECT id, tenant, worker, extractor, request::json, request_digest, idempotency, document_name, document_search,
        document_bytes, priority, max_attempts, webhook, at, at
    FROM new ORDER BY tenant, idempotency, at
    ON CONFLICT (tenant, idempotency) WHERE idempotency IS NOT NULL DO NOTHING
    RETURNING id, worker, created_at
), stored AS (
    INSERT INTO document_chunks (job_id, ordinal, bytes)
    SELECT created.id, 0, new.chunk FROM created JOIN new USING (id)
), noted AS (
    INSERT INTO job_events (job_id, sequence, at, kind, data) SELECT id, 1, created_at, 'queued', '{}' FROM created
), used AS (
    INSERT INTO usage (tenant, day, worker, jobs, bytes)
    SELECT new.tenant, (now() AT TIME ZONE 'UTC')::date, new.worker, count(*), sum(new.document_bytes)
    FROM created JOIN new USING (id) GROUP BY new.tenant, new.worker
), told AS (
    SELECT pg_notify('lamplighter', json_build_object('worker', worker, 'jobs', json_agg(id), 'kind', 'committed')::text)
    FROM created GROUP BY worker
)
SELECT id, created_at, (SELECT count(*) FROM told) AS told FROM created;

-- name: append_chunk
INSERT INTO document_chunks (job_id, ordinal, bytes) VALUES (%(id)s, %(ordinal)s, %(chunk)b);

-- name: set_document_bytes
-- `more`: what the first chunk did not count yet.
WITH sized AS (UPDATE jobs SET document_bytes = %(bytes)s WHERE id = %(id)s RETURNING tenant, worker)
INSERT INTO usage (tenant, day, worker, bytes)
SELECT tenant, (now() AT TIME ZONE 'UTC')::date, worker, %(more)s FROM sized;

-- name: find_repeated
SELECT id, request_digest FROM jobs WHERE tenant = %(tenant)s AND idempotency = %(idempotency)b;
