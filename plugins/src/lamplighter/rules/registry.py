"""All rules: the code of each finding with its title, and the functions that look."""

from collections.abc import Callable, Iterator, Mapping

from ..findings import Finding
from . import budget, pools, scaling
from .subject import Subject

#: LL60x are found while the files are read (load/), all others by the checks below.
TITLES: Mapping[str, str] = {
    "LL101": "a model needs more memory than its card gives it",
    "LL102": "a model fits its card by less than the error of the sum",
    "LL103": "whether a model fits its card cannot be said",
    "LL104": "a context is longer than the model's positions",
    "LL201": "a worker names a pool that is not there",
    "LL202": "a worker names a model that is not there",
    "LL203": "GPUs and pools of a worker do not go together",
    "LL204": "an extractor names a worker that is not there",
    "LL205": "a replica needs more GPUs than a node has",
    "LL206": "a pool's chip is not in the GPU table",
    "LL301": "a ScaledObject's name is too long for KEDA",
    "LL302": "the least number of replicas is above the most",
    "LL303": "a RayService is meant to sleep",
    "LL601": "a key that nobody knows",
    "LL602": "a value of the wrong kind, out of its bounds, or missing",
    "LL603": "a key in the wrong file",
    "LL604": "a file that cannot be read",
    "LL605": "a file that is missing",
}

CHECKS: tuple[Callable[[Subject], Iterator[Finding]], ...] = (
    budget.check_memory,
    budget.check_context,
    pools.check_pool_names,
    pools.check_model_names,
    pools.check_gpus,
    pools.check_extractors,
    pools.check_node_size,
    pools.check_chips,
    scaling.check_names,
    scaling.check_bounds,
    scaling.check_topology,
)


def run_rules(subject: Subject) -> list[Finding]:
    """What every check finds."""
    return [finding for check in CHECKS for finding in check(subject)]
