-- Answers in pieces while they are written. Used by queue/postgres/pieces.py.

-- name: write_pieces
-- The notice has a channel of its own: workers, and whoever follows the queue, would hear dozens a second for nothing.
WITH held AS (
    SELECT given.job_id, given.fence, given.ordinal, given.content, jobs.worker
    FROM unnest(%(jobs)s::uuid[], %(fences)s::bigint[], %(ordinals)s::integer[], %(contents)s::text[])
        AS given (job_id, fence, ordinal, content)
    JOIN jobs ON jobs.id = given.job_id AND jobs.fence = given.fence AND jobs.state = 'running'
        AND jobs.lease_expires_at > now()
), written AS (
    INSERT INTO pieces (job_id, fence, ordinal, content) SELECT job_id, fence, ordinal, content::json FROM held
    ON CONFLICT DO NOTHING
)
SELECT pg_notify('lamplighter_written',
    json_build_object('worker', worker, 'jobs', json_agg(DISTINCT job_id), 'kind', 'written')::text)
FROM held GROUP BY worker;

-- name: read_pieces
SELECT pieces.job_id, pieces.fence, pieces.ordinal, pieces.content
FROM unnest(%(jobs)s::uuid[], %(fences)s::bigint[], %(ordinals)s::integer[]) AS asked (job_id, fence, ordinal)
JOIN pieces ON pieces.job_id = asked.job_id AND (pieces.fence, pieces.ordinal) > (asked.fence, asked.ordinal)
ORDER BY pieces.job_id, pieces.fence, pieces.ordinal;

-- name: forget_pieces
-- Of leases that have ended: their jobs have a result, or are written anew.
DELETE FROM pieces USING jobs
WHERE jobs.id = pieces.job_id AND (jobs.state <> 'running' OR jobs.fence <> pieces.fence);
