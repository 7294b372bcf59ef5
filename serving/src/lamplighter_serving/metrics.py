"""Every metric name, its labels and its help text. Charts, alerts and dashboards may use these and no others."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Metric:
    """A metric as Prometheus sees it. `bounds` are a histogram's upper bucket bounds in the metric's unit."""

    name: str
    kind: str  # gauge, counter, histogram
    labels: tuple[str, ...]
    help: str
    bounds: tuple[float, ...] = ()


#: A wake takes from a hundredth of a second (activation) to ten minutes (node, image, weights).
WAKE_BOUNDS_SECONDS = (0.01, 0.03, 0.1, 0.3, 1.0, 2.0, 5.0, 10.0, 20.0, 40.0, 60.0, 90.0, 120.0, 180.0, 300.0, 600.0)
JOB_BOUNDS_SECONDS = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 320.0, 640.0)

#: The stages of a wake, in order. A stage that does not happen (no node to boot on one machine) is not reported.
WAKE_STAGES = ("activation", "node", "gpu", "image", "weights", "engine", "first_result")

#: What a worker process says of itself: it starts, it serves, it finishes what it has and goes.
REPLICA_STATES = ("waking", "lit", "draining")

#: The phases of a job.
JOB_PHASES = ("wait", "read", "extract")

JOBS = Metric(
    name="lamplighter_jobs",
    kind="gauge",
    labels=("worker", "state"),
    help="Jobs in the queue (state queued) and leased by workers (state running). Scaling follows their sum.",
)
OLDEST_JOB_AGE = Metric(
    name="lamplighter_oldest_job_age_seconds",
    kind="gauge",
    labels=("worker",),
    help="Age of the oldest job that is ready and not leased; 0 when there is none.",
)
JOBS_TOTAL = Metric(
    name="lamplighter_jobs_total",
    kind="counter",
    labels=("worker", "outcome"),
    help="Jobs that ended, by final state (done, failed, dead, cancelled).",
)
WAKE_STAGE = Metric(
    name="lamplighter_wake_stage_seconds",
    kind="histogram",
    labels=("worker", "stage"),
    help="Seconds of each stage of a wake, from the commit of the job that caused it to the first result.",
    bounds=WAKE_BOUNDS_SECONDS,
)
JOB_SECONDS = Metric(
    name="lamplighter_job_seconds",
    kind="histogram",
    labels=("worker", "phase"),
    help="Seconds a finished job waited in the queue, took to be read, and took to be extracted.",
    bounds=JOB_BOUNDS_SECONDS,
)
HELD_REQUESTS = Metric(
    name="lamplighter_held_requests",
    kind="gauge",
    labels=("worker",),
    help="Requests this gateway process holds open until a job ends or a lamp is lit.",
)
REPLICAS = Metric(
    name="lamplighter_replicas",
    kind="gauge",
    labels=("worker", "state"),
    help="Worker processes that report themselves, by state (waking, lit, draining).",
)
HTTP_RESPONSES = Metric(
    name="lamplighter_http_responses_total",
    kind="counter",
    labels=("code",),
    help="Answers of this gateway process by HTTP status, probes and scrapes left out.",
)
DATABASE_UP = Metric(
    name="lamplighter_database_up",
    kind="gauge",
    labels=(),
    help="Whether the database answered this gateway process at this scrape (1) or not (0).",
)
LAST_PURGE = Metric(
    name="lamplighter_last_purge_timestamp_seconds",
    kind="gauge",
    labels=(),
    help="When this gateway process last deleted documents and jobs past their retention, in Unix seconds.",
)
ENGINE_VRAM = Metric(
    name="lamplighter_engine_vram_bytes",
    kind="gauge",
    labels=("worker", "part", "kind"),
    help="GPU memory of the engine by part, predicted before deployment and measured after start.",
)
TOKENS_TOTAL = Metric(
    name="lamplighter_tokens_total",
    kind="counter",
    labels=("worker", "kind"),
    help="Tokens the engine read (prompt) and wrote (completion).",
)

METRICS: Mapping[str, Metric] = {
    metric.name: metric
    for metric in (
        JOBS,
        OLDEST_JOB_AGE,
        JOBS_TOTAL,
        WAKE_STAGE,
        JOB_SECONDS,
        HELD_REQUESTS,
        REPLICAS,
        HTTP_RESPONSES,
        DATABASE_UP,
        LAST_PURGE,
        ENGINE_VRAM,
        TOKENS_TOTAL,
    )
}
