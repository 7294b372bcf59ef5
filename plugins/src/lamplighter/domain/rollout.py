"""What Argo CD says of an environment's Application: which commit it has synced, and how that stands."""

from dataclasses import dataclass

SYNCED, HEALTHY = "Synced", "Healthy"


@dataclass(frozen=True, kw_only=True, slots=True)
class Rollout:
    """`revision` is the commit that was last compared with the cluster; empty where there was none. `errors` are conditions.

    A plugin that fails leaves health and the last operation as they were, so neither alone says that a commit runs.
    """

    environment: str
    revision: str
    sync: str
    health: str
    errors: tuple[str, ...] = ()
