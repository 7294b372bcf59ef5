"""Gateway, queue and workers of Lamplighter: a document in, schema-valid JSON out."""

__version__ = "0.1.0"
