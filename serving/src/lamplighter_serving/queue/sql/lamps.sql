-- What worker processes say of themselves. Used by queue/postgres/lamps.py.

-- name: beat
WITH before AS (
    SELECT state, stage FROM presences WHERE holder = %(holder)s
), beaten AS (
    INSERT INTO presences (holder, worker, state, stage, stages, started_at, beat_at)
    VALUES (%(holder)s, %(worker)s, %(state)s, %(stage)s, %(stages)s::json, %(started_at)s, now())
    ON CONFLICT (holder) DO UPDATE SET worker = excluded.worker, state = excluded.state, stage = excluded.stage,
        stages = excluded.stages, started_at = excluded.started_at, beat_at = excluded.beat_at
    RETURNING worker, state, stage
)
SELECT pg_notify('lamplighter', json_build_object('worker', worker, 'job', NULL, 'kind', 'lamp')::text)
FROM beaten WHERE NOT EXISTS (SELECT FROM before WHERE before.state = beaten.state AND before.stage = beaten.stage);

-- name: leave
WITH gone AS (DELETE FROM presences WHERE holder = %(holder)s RETURNING worker)
SELECT pg_notify('lamplighter', json_build_object('worker', worker, 'job', NULL, 'kind', 'lamp')::text) FROM gone;

-- name: list_presences
SELECT holder, worker, state, stage, stages, started_at, beat_at FROM presences
WHERE beat_at > now() - %(within)s ORDER BY worker, started_at, holder;

-- name: forget_presences
DELETE FROM presences WHERE beat_at <= now() - %(age)s;

-- name: write_tally
INSERT INTO tallies (holder, worker, metric, label, bounds, counts, total, written_at)
VALUES (%(holder)s, %(worker)s, %(metric)s, %(label)s, %(bounds)s::float8[], %(counts)s::bigint[], %(total)s, now())
ON CONFLICT (holder, worker, metric, label)
DO UPDATE SET bounds = excluded.bounds, counts = excluded.counts, total = excluded.total, written_at = excluded.written_at;

-- name: list_tallies
-- The newest last: its bounds stay.
SELECT worker, metric, label, bounds, counts, total FROM tallies ORDER BY written_at;

-- name: lock_tallies
-- One fold at a time. The number is this product's: "lamq", beside the one of the migrations.
SELECT pg_advisory_xact_lock(1818324337);

-- name: take_old_tallies
-- The holder without a name holds the sum of those that are gone.
WITH gone AS (
    DELETE FROM tallies WHERE written_at <= now() - %(age)s OR holder = ''
    RETURNING worker, metric, label, bounds, counts, total, written_at
)
SELECT worker, metric, label, bounds, counts, total FROM gone ORDER BY written_at;
