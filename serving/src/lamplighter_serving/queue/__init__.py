"""The durable queue. Knows jobs, leases and events; knows nothing of documents' contents, engines or HTTP."""
