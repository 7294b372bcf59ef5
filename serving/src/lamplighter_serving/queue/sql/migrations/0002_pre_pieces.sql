-- Answers while they are written: the worker adds pieces, a gateway passes them on. They are gone soon after the lease ended, and
-- the result has all that they said; so a crash of the database may lose them, and none of it is written to its log.

CREATE UNLOGGED TABLE pieces (
    job_id  uuid NOT NULL REFERENCES jobs ON DELETE CASCADE,
    fence   bigint NOT NULL,   -- the lease's: another attempt writes anew
    ordinal integer NOT NULL,
    content json NOT NULL,
    PRIMARY KEY (job_id, fence, ordinal)
) WITH (
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 5000
);
