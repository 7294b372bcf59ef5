"""From files to facts: YAML with its lines, schemas, the order of the value files, and the one door to Helm."""
