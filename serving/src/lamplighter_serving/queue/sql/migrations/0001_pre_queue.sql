-- The tables of the queue, for PostgreSQL 14 or newer.
--
-- JSON columns are json, not jsonb: nothing looks inside them, key order is kept as it was sent, and jsonb refuses \u0000.

CREATE TABLE jobs (
    id               uuid PRIMARY KEY,
    tenant           text NOT NULL,
    worker           text NOT NULL,
    extractor        text,
    request          json NOT NULL,
    request_digest   text NOT NULL,
    idempotency      bytea,                      -- SHA-256 of the client's key, so that its length does not matter
    document_name    text NOT NULL,
    document_search  text NOT NULL DEFAULT '',   -- the name as a search sees it (queue/text.py)
    document_bytes   bigint NOT NULL,
    document_kept    boolean NOT NULL DEFAULT true,
    priority         integer NOT NULL,
    state            text NOT NULL DEFAULT 'queued'
                     CHECK (state IN ('queued', 'running', 'done', 'failed', 'dead', 'cancelled')),
    attempt          integer NOT NULL DEFAULT 0,
    max_attempts     integer NOT NULL CHECK (max_attempts >= 1),
    fence            bigint NOT NULL DEFAULT 0,  -- grows with every lease
    events           integer NOT NULL DEFAULT 1, -- sequence of the newest event
    created_at       timestamptz NOT NULL,
    available_at     timestamptz NOT NULL,
    started_at       timestamptz,
    finished_at      timestamptz,
    holder           text,
    lease_expires_at timestamptz,
    problem          json,
    CHECK ((state = 'running') = (lease_expires_at IS NOT NULL)),
    CHECK ((state IN ('queued', 'running')) = (finished_at IS NULL))
) WITH (
    fillfactor = 50,                             -- room beside a row for its heartbeats (heap-only updates)
    autovacuum_vacuum_scale_factor = 0.02        -- every job dies twice (queued, running) in the small indexes below
);

-- A repeated idempotency key of a tenant finds its job.
CREATE UNIQUE INDEX jobs_idempotency ON jobs (tenant, idempotency) WHERE idempotency IS NOT NULL;
-- Leasing reads this in order; retries that wait for later are passed over inside the index.
CREATE INDEX jobs_queued ON jobs (worker, priority DESC, created_at, available_at) WHERE state = 'queued';
-- Only retries wait for later.
CREATE INDEX jobs_retrying ON jobs (worker, available_at) WHERE state = 'queued' AND attempt > 0;
-- Counting and reaping. There are never more of these than workers can hold, and without the end of the lease in the
-- index a heartbeat rewrites no index.
CREATE INDEX jobs_running ON jobs (worker) WHERE state = 'running';
-- A tenant's list, newest first, whole or by state.
CREATE INDEX jobs_of_tenant ON jobs (tenant, created_at DESC, id DESC);
CREATE INDEX jobs_of_tenant_in_state ON jobs (tenant, state, created_at DESC, id DESC);
-- Retention.
CREATE INDEX jobs_finished ON jobs (document_kept, finished_at) WHERE finished_at IS NOT NULL;

-- Documents in pieces of at most 1 MiB, so that no reader or writer needs a whole one in memory.
CREATE TABLE document_chunks (
    job_id  uuid NOT NULL REFERENCES jobs ON DELETE CASCADE,
    ordinal integer NOT NULL,
    bytes   bytea NOT NULL,
    PRIMARY KEY (job_id, ordinal)
);
-- Documents are compressed already; trying again costs time.
ALTER TABLE document_chunks ALTER COLUMN bytes SET STORAGE EXTERNAL;

CREATE TABLE results (
    job_id uuid PRIMARY KEY REFERENCES jobs ON DELETE CASCADE,
    result json NOT NULL
);

CREATE TABLE job_events (
    job_id   uuid NOT NULL REFERENCES jobs ON DELETE CASCADE,
    sequence integer NOT NULL,
    at       timestamptz NOT NULL,
    kind     text NOT NULL,
    data     json NOT NULL,
    PRIMARY KEY (job_id, sequence)
);

-- How many jobs ended, by final state: the sum of all rows. Rows are only added, so that finishing jobs never wait for each
-- other; the purge folds them into one a class and state. Not tied to jobs: totals survive retention.
CREATE TABLE outcomes (
    worker text NOT NULL,
    state  text NOT NULL,
    jobs   bigint NOT NULL
);

-- One row a living worker process.
CREATE TABLE presences (
    holder     text PRIMARY KEY,
    worker     text NOT NULL,
    state      text NOT NULL,
    stage      text NOT NULL,
    stages     json NOT NULL,
    started_at timestamptz NOT NULL,
    beat_at    timestamptz NOT NULL
);

-- Counters and histograms as each holder last wrote them.
CREATE TABLE tallies (
    holder     text NOT NULL,
    worker     text NOT NULL,
    metric     text NOT NULL,
    label      text NOT NULL,
    bounds     double precision[] NOT NULL,
    counts     bigint[] NOT NULL,
    total      double precision NOT NULL,
    written_at timestamptz NOT NULL,
    PRIMARY KEY (holder, worker, metric, label)
);

-- Keys of the gateway's clients. The secret itself is nowhere.
CREATE TABLE api_keys (
    id           uuid PRIMARY KEY,
    tenant       text NOT NULL,
    name         text NOT NULL,
    secret_hash  bytea NOT NULL UNIQUE,
    prefix       text NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz,
    revoked_at   timestamptz
);
