"""The facts that rules and calculations speak of. Plain data: no file, no YAML, no clock."""
