-- Which migrations a database has. Used by queue/migrate.py only.

-- name: lock_migrations
-- The number is this product's: "lamp" in ASCII.
SELECT pg_advisory_xact_lock(1818324336);

-- name: create_migrations
CREATE TABLE IF NOT EXISTS lamplighter_migrations (
    number     integer PRIMARY KEY,
    file_name  text NOT NULL,
    checksum   text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);

-- name: list_migrations
SELECT number, checksum FROM lamplighter_migrations;

-- name: note_migration
INSERT INTO lamplighter_migrations (number, file_name, checksum) VALUES (%(number)s, %(file_name)s, %(checksum)s);
