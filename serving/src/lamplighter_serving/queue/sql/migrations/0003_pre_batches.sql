-- Files of clients, and batches: many questions in one file, asked when nobody waits for something else.

CREATE TABLE files (
    id         uuid PRIMARY KEY,
    tenant     text NOT NULL,
    purpose    text NOT NULL,
    name       text NOT NULL,
    bytes      bigint NOT NULL,
    complete   boolean NOT NULL,          -- one that is still being written is nobody's to see
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX files_of_tenant ON files (tenant, created_at DESC, id DESC);

CREATE TABLE file_chunks (
    file_id uuid NOT NULL REFERENCES files ON DELETE CASCADE,
    begin   bigint NOT NULL,              -- offset of its first byte
    bytes   bytea NOT NULL,
    PRIMARY KEY (file_id, begin)
);

CREATE TABLE batches (
    id             uuid PRIMARY KEY,
    tenant         text NOT NULL,
    input_file_id  uuid NOT NULL,
    endpoint       text NOT NULL,
    "window"       text NOT NULL,         -- as the client said it
    metadata       json,
    state          text NOT NULL DEFAULT 'validating'
                   CHECK (state IN ('validating', 'in_progress', 'cancelling', 'finalizing',
                                    'completed', 'failed', 'expired', 'cancelled')),
    outcome        text,                  -- the state that finalizing ends in
    created_at     timestamptz NOT NULL DEFAULT now(),
    expires_at     timestamptz NOT NULL,
    turn_at        timestamptz NOT NULL DEFAULT now(),  -- whoever waited longest has the next turn
    in_progress_at timestamptz,
    cancelling_at  timestamptz,
    finalizing_at  timestamptz,
    ended_at       timestamptz,
    read_bytes     bigint NOT NULL DEFAULT 0,   -- of the input: whole lines that stand in batch_lines
    read_lines     integer NOT NULL DEFAULT 0,
    lines          integer NOT NULL DEFAULT 0,  -- without the empty ones
    completed      integer NOT NULL DEFAULT 0,
    failed         integer NOT NULL DEFAULT 0,
    written        integer NOT NULL DEFAULT 0,  -- up to this line the outputs are written
    errors         json,
    output_file_id uuid,
    error_file_id  uuid
);
CREATE INDEX batches_of_tenant ON batches (tenant, created_at DESC, id DESC);
CREATE INDEX batches_open ON batches (turn_at) WHERE state IN ('validating', 'in_progress', 'cancelling', 'finalizing');

CREATE TABLE batch_lines (
    batch_id  uuid NOT NULL REFERENCES batches ON DELETE CASCADE,
    line      integer NOT NULL,           -- from 1
    custom_id text NOT NULL,
    begin     bigint NOT NULL,            -- where it stands in the input
    bytes     integer NOT NULL,
    state     text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'submitted', 'done', 'failed', 'dropped')),
    job_id    uuid,
    status    smallint,                   -- of HTTP, once it has an answer
    answer    json,
    PRIMARY KEY (batch_id, line),
    UNIQUE (batch_id, custom_id)
);
CREATE INDEX batch_lines_open ON batch_lines (batch_id, state, line) WHERE state IN ('waiting', 'submitted');
