"""From a read document and a JSON Schema to grounded, validated JSON. Pure but for the calls to an engine."""
