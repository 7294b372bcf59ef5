"""Workers onto pools: who may sit where, with how much memory, on how many nodes, at what price. Pure functions over facts.

    placement = place(claims(deployment), pools=deployment.pools, chips=gpu_chips(), need=need)

`need(engine, *, chip, memory_bytes, gpus)` says how many bytes an engine takes on each of `gpus` devices of `memory_bytes`, or
why that cannot be said (anything with `reason` and `change`); the memory model is the caller's. What comes back:

    Placement
    ├── workers: name → WorkerPlacement     replicas wanted and placed; seats, cheapest pool first; replicas of each pool
    │                     └── Seat           pool, resource to ask for, device and its bytes, per engine its bytes and fraction
    ├── pools: name → PoolPlacement         nodes at the peak and their limit, price of an hour
    │                     └── GpuUse         so many GPUs hold these pods: what a drawing shows
    ├── refusals: Refusal…                  worker and pool that do not go together, and by how much
    └── cost_per_hour, least_cost_per_hour  at the peak; no placement of all replicas costs less than the latter

`offers` knows what a pool gives to pods, `mig` which layouts a chip takes, `seats` which worker sits where, `pack` and
`program` how many nodes that takes, `occupancy` who lies together on a GPU, `explain` puts a refusal into words.
"""

from .claim import Claim, claims, worker_claim
from .explain import Explanation, explain
from .occupancy import Pod
from .offers import Offer, offers
from .place import GpuUse, Placement, PoolPlacement, WorkerPlacement, place
from .seats import EngineShare, Need, Reason, Refusal, Seat, seat

__all__ = [
    "Claim",
    "EngineShare",
    "Explanation",
    "GpuUse",
    "Need",
    "Offer",
    "Placement",
    "Pod",
    "PoolPlacement",
    "Reason",
    "Refusal",
    "Seat",
    "WorkerPlacement",
    "claims",
    "explain",
    "offers",
    "place",
    "seat",
    "worker_claim",
]
