"""The gateway's own fixtures serve its clients too."""

from serving.gateway.conftest import new_gateway

__all__ = ["new_gateway"]
