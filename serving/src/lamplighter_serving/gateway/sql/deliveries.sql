-- Webhooks: their secrets, and what is still to be sent.

-- name: lease_deliveries
-- An attempt has a minute; whoever took it and vanished leaves it to the next one then.
WITH due AS (
    SELECT id FROM deliveries WHERE due_at <= now() ORDER BY due_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
), taken AS (
    UPDATE deliveries SET attempt = attempt + 1, due_at = now() + %(lease)s FROM due WHERE deliveries.id = due.id
    RETURNING deliveries.id, job_id, deliveries.tenant, url, state, ended_at, attempt
)
SELECT taken.*, webhook_secrets.secret FROM taken LEFT JOIN webhook_secrets USING (tenant);

-- name: note_delivered
UPDATE deliveries SET delivered_at = now(), due_at = NULL, problem = NULL
WHERE id = %(id)s AND attempt = %(attempt)s AND due_at IS NOT NULL;

-- name: note_failed
UPDATE deliveries SET due_at = now() + %(delay)s, problem = %(problem)s
WHERE id = %(id)s AND attempt = %(attempt)s AND due_at IS NOT NULL;

-- name: note_dead
UPDATE deliveries SET dead_at = now(), due_at = NULL, problem = %(problem)s
WHERE id = %(id)s AND attempt = %(attempt)s AND due_at IS NOT NULL;

-- name: has_secret
SELECT 1 AS one FROM webhook_secrets WHERE tenant = %(tenant)s;

-- name: set_secret
WITH changed AS (
    INSERT INTO webhook_secrets (tenant, secret) VALUES (%(tenant)s, %(secret)b)
    ON CONFLICT (tenant) DO UPDATE SET secret = excluded.secret, created_at = now()
    RETURNING tenant
)
INSERT INTO audit (actor, act, tenant, subject, detail)
SELECT %(actor)s, 'webhook-secret-changed', tenant, tenant, '{}' FROM changed;

-- name: list_deliveries
SELECT id, job_id, tenant, url, state, attempt, due_at, delivered_at, dead_at, problem FROM deliveries
WHERE (%(tenant)s::text IS NULL OR tenant = %(tenant)s) AND (NOT %(dead)s::boolean OR dead_at IS NOT NULL)
ORDER BY ended_at DESC LIMIT %(limit)s;

-- name: revive_deliveries
UPDATE deliveries SET dead_at = NULL, due_at = now(), attempt = 0
WHERE dead_at IS NOT NULL AND (%(tenant)s::text IS NULL OR tenant = %(tenant)s) RETURNING id;
