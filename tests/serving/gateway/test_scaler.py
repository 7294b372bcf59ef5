"""KEDA's external scaler over real gRPC: answers, refusals, and the push the moment a job is committed."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import grpc
import psycopg
import pytest

from lamplighter_serving.gateway.scaler import service
from lamplighter_serving.gateway.scaler.externalscaler_pb2 import GetMetricsRequest, ScaledObjectRef
from lamplighter_serving.gateway.scaler.externalscaler_pb2_grpc import ExternalScalerStub
from serving.gateway.cable import Cable
from serving.gateway.conftest import NewGateway
from serving.gateway.forms import submitted
from serving.gateway.running import DEADLINE_SECONDS, WORKER, RunningGateway, wait_until
from serving.gateway.test_reading import PROBLEM, RESULT

#: Longer than any test: a stream that says something does so because of a notice.
NEVER_SECONDS = 600.0
NEVER = timedelta(seconds=NEVER_SECONDS)
SHORTLY = timedelta(seconds=0.3)


def reference(**metadata: str) -> ScaledObjectRef:
    return ScaledObjectRef(name="extract", namespace="test", scalerMetadata=metadata or {"worker": WORKER})


@contextmanager
def scaler(gateway: RunningGateway) -> Iterator[ExternalScalerStub]:
    with grpc.insecure_channel(gateway.serve_scaler()) as channel:
        yield ExternalScalerStub(channel)


@contextmanager
def pushes(stub: ExternalScalerStub, **metadata: str) -> Iterator[Iterator[bool]]:
    """What an open stream says."""
    call = stub.StreamIsActive(reference(**metadata), timeout=DEADLINE_SECONDS)
    yield (answer.result for answer in call)
    call.cancel()


@pytest.fixture
def gateway(new_gateway: NewGateway) -> RunningGateway:
    return new_gateway()


@pytest.fixture
def stub(gateway: RunningGateway) -> Iterator[ExternalScalerStub]:
    with scaler(gateway) as stub:
        yield stub


def jobs(stub: ExternalScalerStub) -> float:
    answer = stub.GetMetrics(GetMetricsRequest(scaledObjectRef=reference(), metricName=""))
    (value,) = answer.metricValues
    assert value.metricValueFloat == value.metricValue
    return float(value.metricValueFloat)


def test_queued_and_running_jobs_are_the_metric(gateway: RunningGateway, stub: ExternalScalerStub) -> None:
    client = gateway.client()
    assert (stub.IsActive(reference()).result, jobs(stub)) == (False, 0)
    for _ in range(3):
        submitted(client)
    lease = gateway.lease()
    assert (stub.IsActive(reference()).result, jobs(stub)) == (True, 3)
    gateway.run(gateway.store.complete(lease, RESULT))
    assert jobs(stub) == 2


def test_retry_that_waits_for_later_needs_no_gpu_yet(gateway: RunningGateway, stub: ExternalScalerStub) -> None:
    submitted(gateway.client())
    lease = gateway.lease()
    gateway.run(gateway.store.retry(lease, PROBLEM, delay=NEVER))
    assert (stub.IsActive(reference()).result, jobs(stub)) == (False, 0)


def test_target_is_that_of_the_catalog_or_of_the_trigger(gateway: RunningGateway, stub: ExternalScalerStub) -> None:
    own = gateway.parts.catalog.workers[WORKER].jobs_per_replica
    for metadata, target in (({"worker": WORKER}, own), ({"worker": WORKER, "jobsPerReplica": "7"}, 7)):
        (spec,) = stub.GetMetricSpec(reference(**metadata)).metricSpecs
        assert (spec.targetSize, spec.targetSizeFloat) == (target, float(target))
        value = stub.GetMetrics(GetMetricsRequest(scaledObjectRef=reference(**metadata), metricName=spec.metricName))
        assert [each.metricName for each in value.metricValues] == [spec.metricName]


@pytest.mark.parametrize("metadata", [{"worker": "unknown"}, {"other": "x"}])
def test_unknown_worker_is_refused_with_the_known_ones(stub: ExternalScalerStub, metadata: dict[str, str]) -> None:
    asks = (
        lambda: stub.IsActive(reference(**metadata)),
        lambda: stub.GetMetricSpec(reference(**metadata)),
        lambda: stub.GetMetrics(GetMetricsRequest(scaledObjectRef=reference(**metadata))),
        lambda: next(iter(stub.StreamIsActive(reference(**metadata)))),
    )
    for ask in asks:
        with pytest.raises(grpc.RpcError) as refused:
            ask()
        assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
        assert WORKER in refused.value.details()


@pytest.mark.parametrize("target", ["0", "-1", "ten", "1.5", "٣", "9999999999"])
def test_target_that_is_no_number_is_refused(stub: ExternalScalerStub, target: str) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        stub.GetMetricSpec(reference(worker=WORKER, jobsPerReplica=target))
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert "jobsPerReplica" in refused.value.details()


def test_replicas_that_step_in_are_needed_once_a_job_has_waited_too_long(
    gateway: RunningGateway, stub: ExternalScalerStub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "LOOK_SECONDS", NEVER_SECONDS)
    patient = {"worker": WORKER, "olderThanSeconds": "2"}

    def seen() -> tuple[bool, float]:
        (value,) = stub.GetMetrics(GetMetricsRequest(scaledObjectRef=reference(**patient))).metricValues
        return stub.IsActive(reference(**patient)).result, value.metricValueFloat

    begin = time.monotonic()
    submitted(gateway.client())
    submitted(gateway.client())
    assert (seen(), jobs(stub)) == ((False, 0.0), 2)
    with pushes(stub, **patient) as said:
        # Nobody looks before: the stream knows when the job's time comes.
        assert next(said) is False
        assert next(said) is True
        assert time.monotonic() - begin >= 2
        assert seen() == (True, 2.0)
        for _ in range(2):
            gateway.run(gateway.store.complete(gateway.lease(), RESULT))
        assert next(active for active in said if not active) is False
    assert seen() == (False, 0.0)


@pytest.mark.parametrize("seconds", ["0", "-1", "soon"])
def test_patience_that_is_no_number_is_refused(stub: ExternalScalerStub, seconds: str) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        stub.IsActive(reference(worker=WORKER, olderThanSeconds=seconds))
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert "olderThanSeconds" in refused.value.details()


def test_metric_of_another_name_is_refused(stub: ExternalScalerStub) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        stub.GetMetrics(GetMetricsRequest(scaledObjectRef=reference(), metricName="other"))
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT


def test_stream_says_its_state_at_once_then_pushes_and_says_when_work_is_done(
    gateway: RunningGateway, stub: ExternalScalerStub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "LOOK_SECONDS", NEVER_SECONDS)
    client = gateway.client()
    with pushes(stub) as said:
        assert next(said) is False
        submitted(client)
        assert next(said) is True
        gateway.run(gateway.store.complete(gateway.lease(), RESULT))
        assert next(said) is False
        client.delete(f"/v1/jobs/{submitted(client)}")  # too short to be seen, or seen and gone
        submitted(client)
        assert next(active for active in said if active)


def test_stream_that_opens_on_work_says_so(gateway: RunningGateway, stub: ExternalScalerStub) -> None:
    submitted(gateway.client())
    with pushes(stub) as said:
        assert next(said) is True


def test_retry_is_pushed_when_its_time_has_come(
    gateway: RunningGateway, stub: ExternalScalerStub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "LOOK_SECONDS", NEVER_SECONDS)
    submitted(gateway.client())
    with pushes(stub) as said:
        assert next(said) is True
        gateway.run(gateway.store.retry(gateway.lease(), PROBLEM, delay=SHORTLY))
        assert [next(said), next(said)] == [False, True]  # no notice tells the second


def test_further_commits_while_active_are_said_again(
    gateway: RunningGateway, stub: ExternalScalerStub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "REPEAT_SECONDS", 0.05)
    client = gateway.client()
    submitted(client)
    with pushes(stub) as said:
        assert next(said) is True
        submitted(client)
        assert next(said) is True  # mends a lamp that went out by itself


def test_job_committed_through_one_gateway_is_pushed_by_another(
    new_gateway: NewGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "LOOK_SECONDS", NEVER_SECONDS)
    first, second = new_gateway(), new_gateway()
    with scaler(second) as stub, pushes(stub) as said:
        assert next(said) is False
        submitted(first.client())
        assert next(said) is True
        assert stub.IsActive(reference()).result is True


def test_commit_that_came_to_nothing_does_not_keep_the_stream_busy(
    gateway: RunningGateway, stub: ExternalScalerStub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "LOOK_SECONDS", NEVER_SECONDS)
    monkeypatch.setattr(service, "REPEAT_SECONDS", 0.0)
    looks = 0
    depths = gateway.store.depths

    async def counted(workers: object = None) -> object:
        nonlocal looks
        looks += 1
        return await depths(workers)  # type: ignore[arg-type]

    monkeypatch.setattr(gateway.store, "depths", counted)
    with pushes(stub) as said:
        assert next(said) is False
        with psycopg.connect(gateway.settings.database_url, autocommit=True) as connection:
            notice = '{"worker": "extract", "job": "00000000-0000-0000-0000-000000000000", "kind": "committed"}'
            connection.execute("SELECT pg_notify('lamplighter', %s)", (notice,))
        wait_until(lambda: looks >= 2)
        seen = looks
        gateway.run(asyncio.sleep(0.3))
        assert looks <= seen + 1


def test_stopping_gateway_ends_its_streams(database_url: str) -> None:
    with RunningGateway(database_url) as gateway, scaler(gateway) as stub:
        said = iter(stub.StreamIsActive(reference(), timeout=DEADLINE_SECONDS))
        assert next(said).result is False
        begin = time.monotonic()
        gateway.stop()
        assert list(said) == []
        assert time.monotonic() - begin < DEADLINE_SECONDS / 2


def test_database_that_is_down_is_unavailable_to_questions_and_silence_on_the_stream(database_url: str) -> None:
    with Cable(database_url) as cable, RunningGateway(cable.url) as gateway, scaler(gateway) as stub:
        client = gateway.client()
        job_id = submitted(client)
        with pushes(stub) as said:
            assert next(said) is True
            cable.cut()
            for ask in (lambda: stub.IsActive(reference()), lambda: jobs(stub)):
                with pytest.raises(grpc.RpcError) as refused:
                    ask()
                assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
            assert stub.GetMetricSpec(reference()).metricSpecs  # needs no database
            cable.mend()
            wait_until(lambda: client.get("/readyz").status_code == 200)
            client.delete(f"/v1/jobs/{job_id}")
            assert next(said) is False  # the first word since: nothing was said for want of knowledge
