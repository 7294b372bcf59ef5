-- Webhooks: who wants to be told of a job's end, and what is still to be sent.

ALTER TABLE jobs ADD COLUMN webhook text;  -- the address; null: nobody is told

-- What signs a tenant's webhooks. It has to be readable: both sides calculate with it.
CREATE TABLE webhook_secrets (
    tenant     text PRIMARY KEY,
    secret     bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

-- One row an end of a job that somebody wants to be told of. Erased and purged with its job.
CREATE TABLE deliveries (
    id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    job_id       uuid NOT NULL REFERENCES jobs ON DELETE CASCADE,
    tenant       text NOT NULL,
    url          text NOT NULL,
    state        text NOT NULL,             -- of the job: done, failed, dead, cancelled
    ended_at     timestamptz NOT NULL,
    attempt      integer NOT NULL DEFAULT 0,
    due_at       timestamptz DEFAULT now(), -- while an attempt is under way its end at the latest; null: nothing is left to do
    delivered_at timestamptz,
    dead_at      timestamptz,
    problem      text,                      -- why the latest attempt failed
    CHECK ((due_at IS NULL) = (delivered_at IS NOT NULL OR dead_at IS NOT NULL))
);
CREATE INDEX deliveries_due ON deliveries (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX deliveries_of_job ON deliveries (job_id);

-- A trigger, so that no statement that ends a job can forget it: it is written in that statement's transaction or not at all.
CREATE FUNCTION note_delivery() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO deliveries (job_id, tenant, url, state, ended_at)
    VALUES (NEW.id, NEW.tenant, NEW.webhook, NEW.state, NEW.finished_at);
    RETURN NULL;
END
$$;
CREATE TRIGGER jobs_end_is_told AFTER UPDATE OF finished_at ON jobs FOR EACH ROW
    WHEN (NEW.webhook IS NOT NULL AND OLD.finished_at IS NULL AND NEW.finished_at IS NOT NULL)
    EXECUTE FUNCTION note_delivery();
