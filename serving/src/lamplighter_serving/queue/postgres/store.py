"""The store for real work: all its parts over one database."""

from .jobs import Jobs
from .lamps import Lamps
from .leases import Leases
from .pieces import Pieces
from .submissions import Submissions
from .upkeep import Upkeep


class PostgresStore(Submissions, Jobs, Leases, Upkeep, Lamps, Pieces):
    """`queue.store.JobStore` over a `Database` whose migrations are applied. Holds no state that another process could need."""
