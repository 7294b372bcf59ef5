"""The front door: HTTP API, page, metrics, and the scaler KEDA asks. Needs no GPU and no engine."""
