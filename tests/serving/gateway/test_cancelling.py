"""DELETE of a job: ends it wherever it stands, and never twice."""

import httpx
import pytest

from lamplighter_serving.errors import LeaseLost
from serving.gateway.forms import submitted
from serving.gateway.running import RunningGateway
from serving.gateway.test_reading import RESULT


def test_queued_job_is_never_leased_again(gateway: RunningGateway, client: httpx.Client) -> None:
    cancelled, other = submitted(client), submitted(client)
    answer = client.delete(f"/v1/jobs/{cancelled}")
    assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")
    assert answer.json()["finished_at"] is not None
    assert gateway.lease().job.id == other


def test_running_job_can_no_longer_be_completed(gateway: RunningGateway, client: httpx.Client) -> None:
    job_id = submitted(client)
    lease = gateway.lease()
    assert client.delete(f"/v1/jobs/{job_id}").json()["state"] == "cancelled"
    with pytest.raises(LeaseLost):
        gateway.run(gateway.store.complete(lease, RESULT))


def test_ended_job_stays_as_it_is(gateway: RunningGateway, client: httpx.Client) -> None:
    job_id = submitted(client)
    gateway.run(gateway.store.complete(gateway.lease(), RESULT))
    before = client.get(f"/v1/jobs/{job_id}").json()
    assert client.delete(f"/v1/jobs/{job_id}").json() == before
    assert client.get(f"/v1/jobs/{job_id}/result").json() == RESULT


def test_cancelling_twice_is_cancelling_once(client: httpx.Client) -> None:
    job_id = submitted(client)
    assert client.delete(f"/v1/jobs/{job_id}").json() == client.delete(f"/v1/jobs/{job_id}").json()


def test_job_of_another_tenant_cannot_be_cancelled(gateway: RunningGateway, client: httpx.Client) -> None:
    job_id = submitted(client)
    assert gateway.client("other").delete(f"/v1/jobs/{job_id}").status_code == 404
    assert client.get(f"/v1/jobs/{job_id}").json()["state"] == "queued"
