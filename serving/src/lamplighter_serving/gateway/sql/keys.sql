-- Keys of the gateway's clients. The secret itself is nowhere, only its SHA-256.

-- name: create_key
WITH created AS (
    INSERT INTO api_keys (id, tenant, name, prefix, secret_hash, scopes)
    VALUES (%(id)s, %(tenant)s, %(name)s, %(prefix)s, %(secret_hash)s, %(scopes)s)
    RETURNING id, tenant, name, prefix, secret_hash, scopes, created_at, last_used_at, revoked_at
), noted AS (
    INSERT INTO audit (actor, act, tenant, subject, detail)
    SELECT %(actor)s, 'key-created', tenant, prefix, json_build_object('name', name, 'scopes', scopes) FROM created
)
SELECT * FROM created;

-- name: lock_keys
-- Two gateways that start at once must not both make a first key.
LOCK TABLE api_keys IN SHARE ROW EXCLUSIVE MODE;

-- name: any_key
SELECT 1 AS one FROM api_keys LIMIT 1;

-- name: live_keys
SELECT id, tenant, name, prefix, secret_hash, scopes, created_at, last_used_at, revoked_at
FROM api_keys WHERE prefix = %(prefix)s AND revoked_at IS NULL;

-- name: use_key
-- At most one write a minute and key, however many gateways notice.
UPDATE api_keys SET last_used_at = now()
WHERE id = %(id)s AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute');

-- name: list_keys
SELECT id, tenant, name, prefix, secret_hash, scopes, created_at, last_used_at, revoked_at
FROM api_keys WHERE %(tenant)s::text IS NULL OR tenant = %(tenant)s ORDER BY created_at, id;

-- name: revoke_key
-- Revoking once more changes nothing and is no act.
WITH found AS (
    SELECT id, revoked_at FROM api_keys WHERE id::text = %(which)s OR prefix = %(which)s FOR UPDATE
), revoked AS (
    UPDATE api_keys SET revoked_at = coalesce(api_keys.revoked_at, now()) FROM found WHERE api_keys.id = found.id
    RETURNING api_keys.id, tenant, name, prefix, secret_hash, scopes, created_at, last_used_at, api_keys.revoked_at,
        found.revoked_at IS NULL AS now_revoked
), noted AS (
    INSERT INTO audit (actor, act, tenant, subject, detail)
    SELECT %(actor)s, 'key-revoked', tenant, prefix, json_build_object('name', name) FROM revoked WHERE now_revoked
)
SELECT id, tenant, name, prefix, secret_hash, scopes, created_at, last_used_at, revoked_at FROM revoked;
