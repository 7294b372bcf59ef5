"""/metrics: the names and labels of `metrics`, read by Prometheus' own parser, with the numbers of the queue."""

from datetime import UTC, datetime

import httpx
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from lamplighter_serving.gateway.exposition import MetricFacts, StoreFacts, exposition
from lamplighter_serving.metrics import ENGINE_VRAM, JOB_SECONDS, METRICS, REPLICA_STATES, TOKENS_TOTAL, WAKE_STAGE
from lamplighter_serving.queue.job import Depth, Problem
from lamplighter_serving.queue.store import Presence, Tally
from serving.gateway.conftest import NewGateway
from serving.gateway.forms import submitted
from serving.gateway.running import WORKER, RunningGateway
from serving.gateway.test_reading import RESULT

#: What a sample adds to its family's name and labels.
SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)}
TALLIES = (
    Tally(worker=WORKER, metric=WAKE_STAGE.name, label="weights", bounds=(1.0, 2.0), counts=(1, 2, 3), total=17.5),
    Tally(worker=WORKER, metric=JOB_SECONDS.name, label="read", bounds=(0.5,), counts=(4, 0), total=1.0),
    Tally(worker=WORKER, metric=TOKENS_TOTAL.name, label="prompt", bounds=(), counts=(0,), total=4096.0),
    Tally(worker=WORKER, metric=ENGINE_VRAM.name, label="weights,predicted", bounds=(), counts=(0,), total=9.5e9),
)


def families(text: str) -> dict[str, Metric]:
    """Families by the name that `metrics` gives them; the parser cuts a counter's suffix off."""
    found = list(text_string_to_metric_families(text))
    return {family.name + ("_total" if family.type == "counter" else ""): family for family in found}


def value(text: str, sample: str, **labels: str) -> float | None:
    """The value of one sample, None when it is not there."""
    for family in text_string_to_metric_families(text):
        for each in family.samples:
            if each.name == sample and each.labels == labels:
                return float(each.value)
    return None


def test_names_kinds_labels_and_helps_are_those_of_the_contract(gateway: RunningGateway, client: httpx.Client) -> None:
    submitted(client)
    gateway.run(gateway.store.tally("worker-1", TALLIES))
    response = client.get("/metrics")
    assert response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    found = families(response.text)
    assert found.keys() == METRICS.keys()
    for name, metric in METRICS.items():
        family = found[name]
        assert (family.type, family.documentation) == (metric.kind, metric.help)
        assert family.samples, f"{name} has no sample"
        for sample in family.samples:
            stem = name.removesuffix("_total") if metric.kind == "counter" else name
            assert sample.name.removeprefix(stem) in SUFFIXES[metric.kind]
            assert set(sample.labels) - {"le"} == set(metric.labels)


def test_jobs_are_counted_by_state_and_by_outcome(gateway: RunningGateway, client: httpx.Client) -> None:
    for _ in range(5):
        submitted(client)
    gateway.run(gateway.store.complete(gateway.lease(), RESULT))
    gateway.run(gateway.store.fail(gateway.lease(), Problem(code="x", sentence="x")))
    gateway.lease()
    text = client.get("/metrics").text
    assert value(text, "lamplighter_jobs", worker=WORKER, state="queued") == 2
    assert value(text, "lamplighter_jobs", worker=WORKER, state="running") == 1
    outcomes = {"done": 1, "failed": 1, "dead": 0, "cancelled": 0}
    for outcome, count in outcomes.items():
        assert value(text, "lamplighter_jobs_total", worker=WORKER, outcome=outcome) == count
    assert value(text, "lamplighter_held_requests", worker=WORKER) == 0
    age = value(text, "lamplighter_oldest_job_age_seconds", worker=WORKER)
    assert age is not None
    assert 0 < age < 300


def test_idle_class_has_zeros_so_that_rates_and_alerts_work(client: httpx.Client) -> None:
    text = client.get("/metrics").text
    assert value(text, "lamplighter_jobs", worker=WORKER, state="queued") == 0
    assert value(text, "lamplighter_oldest_job_age_seconds", worker=WORKER) == 0
    assert value(text, "lamplighter_jobs_total", worker=WORKER, outcome="dead") == 0


def test_tallies_of_all_workers_are_added_and_histograms_are_cumulative(gateway: RunningGateway, client: httpx.Client) -> None:
    for holder in ("worker-1", "worker-2"):
        gateway.run(gateway.store.tally(holder, TALLIES))
    text = client.get("/metrics").text
    stage = {"worker": WORKER, "stage": "weights"}
    # Of one worker 1, 2 and 3 observations; of two workers cumulative: 2, 2 + 4, 2 + 4 + 6.
    buckets = [value(text, "lamplighter_wake_stage_seconds_bucket", **stage, le=le) for le in ("1.0", "2.0", "+Inf")]
    assert buckets == [2, 6, 12]
    assert value(text, "lamplighter_wake_stage_seconds_count", **stage) == 12
    assert value(text, "lamplighter_wake_stage_seconds_sum", **stage) == 35
    assert value(text, "lamplighter_tokens_total", worker=WORKER, kind="prompt") == 8192
    # A label of a tally with a comma is two labels.
    assert value(text, "lamplighter_engine_vram_bytes", worker=WORKER, part="weights", kind="predicted") == 1.9e10


def test_worker_processes_are_counted_by_what_they_say_of_themselves(gateway: RunningGateway, client: httpx.Client) -> None:
    now = datetime.now(UTC)
    for holder, state in (("one", "lit"), ("two", "lit"), ("three", "waking")):
        presence = Presence(holder=holder, worker=WORKER, state=state, stage="", stages={}, started_at=now, beat_at=now)
        gateway.run(gateway.store.beat(presence))
    text = client.get("/metrics").text
    replicas = {state: value(text, "lamplighter_replicas", worker=WORKER, state=state) for state in REPLICA_STATES}
    assert replicas == {"waking": 1, "lit": 2, "draining": 0}


def test_answers_are_counted_by_status_without_probes_and_scrapes(new_gateway: NewGateway) -> None:
    client = new_gateway().client()
    submitted(client)
    for path in ("/nowhere", "/nowhere", "/healthz", "/readyz", "/metrics"):
        client.get(path)
    text = client.get("/metrics").text
    codes = {code: value(text, "lamplighter_http_responses_total", code=code) for code in ("200", "202", "404")}
    assert codes == {"200": None, "202": 1, "404": 2}
    assert value(text, "lamplighter_database_up") == 1


def test_strange_label_does_not_break_the_format() -> None:
    worker = 'a"b\\c\nd'
    depth = Depth(worker=worker, queued=1, running=0, oldest_age_seconds=0.5)
    store = StoreFacts(depths=(depth,), outcomes={}, tallies=(), presences=())
    text = exposition(MetricFacts(workers=(worker,), store=store, held={worker: 3}, responses={}, last_purge_at=0.0)).decode()
    assert value(text, "lamplighter_jobs", worker=worker, state="queued") == 1
    assert value(text, "lamplighter_held_requests", worker=worker) == 3


def test_metrics_need_no_key_and_name_no_tenant(gateway: RunningGateway, client: httpx.Client) -> None:
    submitted(client)
    text = gateway.client(None).get("/metrics").text
    assert "tenant" not in text
