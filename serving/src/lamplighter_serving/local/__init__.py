"""What a cluster does, on one machine: an embedded PostgreSQL, a lamplighter in the place of KEDA, and the demo."""
