"""The KV cache: exact, not an estimate. The engine allocates by these formulas."""
