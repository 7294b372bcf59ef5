"""The control plugin: proves in git that values, models and GPUs of a deployment go together. It never looks at a cluster."""
