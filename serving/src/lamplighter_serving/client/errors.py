"""What a client raises: the gateway is away, it refused a request, or a job ended without a result."""

from collections.abc import Mapping
from typing import Any

from ..errors import LamplighterError


class GatewayAway(LamplighterError):
    """The gateway did not answer, or not as it should, in all the time it was given."""

    code = "gateway-away"


class ApiError(LamplighterError):
    """The gateway refused the request; `code` is the problem's own and stable."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        super().__init__(str(problem.get("detail") or f"The gateway answered {status}."), hint=str(problem.get("hint") or ""))
        self.status = status
        self.code = str(problem.get("code") or f"http-{status}")


class JobEnded(LamplighterError):
    """The job ended without a result; `state` is failed, dead or cancelled, `code` says why."""

    def __init__(self, job_id: str, state: str, problem: Mapping[str, Any]) -> None:
        super().__init__(str(problem.get("sentence") or f"The job was {state}."), hint=str(problem.get("hint") or ""))
        self.job_id = job_id
        self.state = state
        self.code = str(problem.get("code") or f"job-{state}")
