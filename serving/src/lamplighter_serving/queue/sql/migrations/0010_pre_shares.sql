-- Fair shares: whose turn it is follows from when each tenant was last given a worker, so a job remembers when it was leased.

-- What is agreed with a tenant. One without a row has a weight of 1 and no quota.
CREATE TABLE tenants (
    tenant              text PRIMARY KEY,
    weight              integer NOT NULL DEFAULT 1 CHECK (weight BETWEEN 1 AND 100),
    jobs_a_day          bigint CHECK (jobs_a_day >= 0),
    bytes_a_day         bigint CHECK (bytes_a_day >= 0),
    tokens_a_day        bigint CHECK (tokens_a_day >= 0),
    requests_a_minute   integer CHECK (requests_a_minute >= 1)
);

ALTER TABLE jobs ADD COLUMN leased_at timestamptz;  -- the latest lease
-- Leasing reads this in order, one tenant after the other. The collation is not for the order: a query that names it gets this
-- index and no other that begins with a tenant. jobs_queued goes at once and not in a post file: the planner would take it for a
-- tenant's own jobs too, and read past those of all others. Meanwhile the old program sorts its queue at each lease.
DROP INDEX jobs_queued;
CREATE INDEX jobs_queued_of_tenant ON jobs (worker, tenant COLLATE "C", priority DESC, created_at, available_at)
    WHERE state = 'queued';
-- When a tenant had its turns.
CREATE INDEX jobs_leased_of_tenant ON jobs (worker, tenant, leased_at DESC) WHERE leased_at IS NOT NULL;
