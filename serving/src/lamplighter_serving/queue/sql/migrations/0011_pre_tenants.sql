-- Tenants: what their keys may do, what they used, and what was done in administration.

ALTER TABLE api_keys ADD COLUMN scopes text[] NOT NULL DEFAULT '{read,submit}'
    CHECK (scopes <> '{}' AND scopes <@ '{read,submit,admin}');

-- What a tenant used on a day: the sum of its rows. Rows are only added, so that jobs of one tenant never wait for each other;
-- the purge folds them into one a tenant, day and class. Not tied to jobs: usage survives retention and deletion.
CREATE TABLE usage (
    tenant            text NOT NULL,
    day               date NOT NULL,  -- in UTC
    worker            text NOT NULL,
    jobs              bigint NOT NULL DEFAULT 0,
    bytes             bigint NOT NULL DEFAULT 0,
    prompt_tokens     bigint NOT NULL DEFAULT 0,
    completion_tokens bigint NOT NULL DEFAULT 0,
    work_seconds      double precision NOT NULL DEFAULT 0
);
CREATE INDEX usage_of_tenant ON usage (tenant, day);

-- Acts of administration. Rows are added and never changed.
CREATE TABLE audit (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at      timestamptz NOT NULL DEFAULT now(),
    actor   text NOT NULL,   -- the program and where it ran
    act     text NOT NULL,   -- key-created, key-revoked, tenant-changed
    tenant  text NOT NULL,
    subject text NOT NULL,   -- a key's prefix, or the tenant again
    detail  json NOT NULL
);
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % is refused: rows are only added', TG_OP, TG_TABLE_NAME;
END
$$;
CREATE TRIGGER audit_is_only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
