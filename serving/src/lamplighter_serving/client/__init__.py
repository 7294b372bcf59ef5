"""The gateway's API for programs: `Client` waits, `AsyncClient` is awaited; both do the same, in the same words.

with Client("http://localhost:8080", key) as client:
    print(client.extract(Path("invoice.pdf"), extractor="invoice").data)
"""

from .aio import AsyncClient
from .answers import Field, Job, Result
from .errors import ApiError, GatewayAway, JobEnded
from .sync import Client

__all__ = ["ApiError", "AsyncClient", "Client", "Field", "GatewayAway", "Job", "JobEnded", "Result"]
