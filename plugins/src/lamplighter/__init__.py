"""The control plugin."""
