-- What is agreed with tenants, what they used, and the log of administrative acts.

-- name: get_tenant
SELECT tenant, weight, jobs_a_day, bytes_a_day, tokens_a_day, requests_a_minute FROM tenants WHERE tenant = %(tenant)s;

-- name: list_tenants
SELECT tenant, weight, jobs_a_day, bytes_a_day, tokens_a_day, requests_a_minute FROM tenants ORDER BY tenant;

-- name: set_tenant
WITH changed AS (
    INSERT INTO tenants (tenant, weight, jobs_a_day, bytes_a_day, tokens_a_day, requests_a_minute)
    VALUES (%(tenant)s, %(weight)s, %(jobs_a_day)s, %(bytes_a_day)s, %(tokens_a_day)s, %(requests_a_minute)s)
    ON CONFLICT (tenant) DO UPDATE SET weight = excluded.weight, jobs_a_day = excluded.jobs_a_day,
        bytes_a_day = excluded.bytes_a_day, tokens_a_day = excluded.tokens_a_day, requests_a_minute = excluded.requests_a_minute
    RETURNING tenant
)
INSERT INTO audit (actor, act, tenant, subject, detail)
SELECT %(actor)s, 'tenant-changed', tenant, tenant, %(detail)s::json FROM changed;

-- name: list_usage
SELECT tenant, day, worker, sum(jobs)::bigint AS jobs, sum(bytes)::bigint AS bytes, sum(prompt_tokens)::bigint AS prompt_tokens,
    sum(completion_tokens)::bigint AS completion_tokens, sum(work_seconds) AS work_seconds
FROM usage
WHERE (%(tenant)s::text IS NULL OR tenant = %(tenant)s)
    AND day > (now() AT TIME ZONE 'UTC')::date - %(days)s::integer
GROUP BY tenant, day, worker ORDER BY day DESC, tenant, worker;

-- name: used_today
SELECT coalesce(sum(jobs), 0)::bigint AS jobs, coalesce(sum(bytes), 0)::bigint AS bytes,
    coalesce(sum(prompt_tokens + completion_tokens), 0)::bigint AS tokens
FROM usage WHERE tenant = %(tenant)s AND day = (now() AT TIME ZONE 'UTC')::date;

-- name: list_audit
SELECT id, at, actor, act, tenant, subject, detail FROM audit
WHERE %(tenant)s::text IS NULL OR tenant = %(tenant)s ORDER BY id DESC LIMIT %(limit)s;
