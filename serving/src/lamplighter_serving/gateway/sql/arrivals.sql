-- When jobs came and how long they took: what a simulation needs, and nothing of any document.

-- name: arrivals
-- How long the work took is known of what was done at the first attempt.
SELECT id, created_at,
       CASE WHEN state = 'done' AND attempt = 1 THEN extract(epoch FROM finished_at - started_at)::float8 END AS work_seconds
FROM jobs
WHERE worker = %(worker)s
  AND created_at >= %(since)s::timestamptz
  AND (created_at, id) > (%(after)s::timestamptz, %(after_id)s::uuid)
ORDER BY created_at, id
LIMIT %(most)s;
