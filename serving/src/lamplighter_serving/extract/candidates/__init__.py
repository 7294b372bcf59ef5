"""What a document offers: spans that could be a value, by kind, each already normalised by code."""
