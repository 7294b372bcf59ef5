"""The caller's JSON Schema: what may stand in it, and the tree that the extraction works with. Imports no engine."""
