"""A cluster beside its GPU pools: versions, and who makes and removes its nodes. None: the cluster's file does not say."""

from dataclasses import dataclass

CLUSTER_AUTOSCALER = "cluster-autoscaler"

#: Defaults of cluster-autoscaler's flags, which AKS keeps (kubernetes/autoscaler, cluster-autoscaler/FAQ.md):
#: --ok-total-unready-count, --scale-down-unneeded-time 10m, --max-graceful-termination-sec.
DEFAULT_OK_TOTAL_UNREADY_COUNT = 3
DEFAULT_SCALE_DOWN_UNNEEDED_SECONDS = 600
DEFAULT_MAX_GRACEFUL_TERMINATION_SECONDS = 600


@dataclass(frozen=True, kw_only=True, slots=True)
class Cluster:
    """Versions are (major, minor). The autoscaler's numbers are what the file says, without the program's defaults."""

    kubernetes_version: tuple[int, int] | None = None
    containerd_version: tuple[int, int] | None = None
    image_cleaner: bool = False
    autoscaler: str | None = None  # cluster-autoscaler, karpenter or none
    ok_total_unready_count: int | None = None
    scale_down_unneeded_seconds: int | None = None
    max_graceful_termination_seconds: int | None = None

    @property
    def idle_node_seconds(self) -> int:
        """How long a node without work stays, and is paid; 0 where that is not known."""
        if self.autoscaler != CLUSTER_AUTOSCALER:
            return self.scale_down_unneeded_seconds or 0
        said = self.scale_down_unneeded_seconds
        return DEFAULT_SCALE_DOWN_UNNEEDED_SECONDS if said is None else said

    @property
    def graceful_seconds(self) -> int | None:
        """How long a pod may take to end on a node that the autoscaler removes; None where nothing is known to end it."""
        if self.autoscaler != CLUSTER_AUTOSCALER:
            return self.max_graceful_termination_seconds
        said = self.max_graceful_termination_seconds
        return DEFAULT_MAX_GRACEFUL_TERMINATION_SECONDS if said is None else said
