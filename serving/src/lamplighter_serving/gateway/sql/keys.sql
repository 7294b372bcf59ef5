-- Keys of the gateway's clients. The secret itself is nowhere, only its SHA-256.

-- name: create_key
INSERT INTO api_keys (id, tenant, name, prefix, secret_hash)
VALUES (%(id)s, %(tenant)s, %(name)s, %(prefix)s, %(secret_hash)s)
RETURNING id, tenant, name, prefix, secret_hash, created_at, last_used_at, revoked_at;

-- name: lock_keys
-- Two gateways that start at once must not both make a first key.
LOCK TABLE api_keys IN SHARE ROW EXCLUSIVE MODE;

-- name: any_key
SELECT 1 AS one FROM api_keys LIMIT 1;

-- name: live_keys
SELECT id, tenant, name, prefix, secret_hash, created_at, last_used_at, revoked_at
FROM api_keys WHERE prefix = %(prefix)s AND revoked_at IS NULL;

-- name: use_key
-- At most one write a minute and key, however many gateways notice.
UPDATE api_keys SET last_used_at = now()
WHERE id = %(id)s AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute');

-- name: list_keys
SELECT id, tenant, name, prefix, secret_hash, created_at, last_used_at, revoked_at
FROM api_keys WHERE %(tenant)s::text IS NULL OR tenant = %(tenant)s ORDER BY created_at, id;

-- name: revoke_key
UPDATE api_keys SET revoked_at = coalesce(revoked_at, now())
WHERE id::text = %(which)s OR prefix = %(which)s
RETURNING id, tenant, name, prefix, secret_hash, created_at, last_used_at, revoked_at;
