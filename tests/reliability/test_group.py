"""A replica over two nodes is one worker: it wakes when both are there, ends as a whole, and loses no job with a node."""

import socket
from pathlib import Path

import pytest

from reliability import invoices
from reliability.client import PatientClient
from reliability.fleet import HOST, Fleet
from reliability.member import Member, wait_until

pytestmark = pytest.mark.kill

NODES = 2
#: Two Rays start on a machine that may be busy.
PATIENCE_SECONDS = 180.0
#: An engine in a process of its own behind Ray Serve, as a model's would be.
SERVED = {"serve": True}


class Group:
    """Head and follower of one replica, as a LeaderWorkerSet would start them: any number of times, in any order."""

    def __init__(self, fleet: Fleet, folder: Path) -> None:
        token = folder / "token"
        token.write_text("a-token-that-only-this-group-knows\n")
        self._fleet = fleet
        self._port = _free_port()
        self._shared = {"LAMPLIGHTER_RAY_HOST": HOST, "LAMPLIGHTER_RAY_TOKEN_FILE": str(token), "LAMPLIGHTER_CPUS": "1"}

    def start_follower(self, name: str = "follower") -> Member:
        return self._fleet.add_follower(name, {**self._shared, "LAMPLIGHTER_RAY_HEAD": f"{HOST}:{self._port}"})

    def start_head(self, name: str = "head", **options: object) -> Member:
        more = {"LAMPLIGHTER_RAY_NODES": str(NODES), "LAMPLIGHTER_RAY_PORT": str(self._port)}
        catalog = invoices.catalog(extract=SERVED | options)
        return self._fleet.add_worker(name, catalog=catalog, environment=self._shared | more)


def test_group_wakes_when_both_nodes_are_there_and_the_follower_ends_with_its_head(database_url: str, tmp_path: Path) -> None:
    with Fleet(database_url, invoices.catalog(extract=SERVED)) as fleet:
        fleet.start(gateways=1, workers=0)
        group = Group(fleet, tmp_path)
        head = group.start_head()
        wait_until("the head's Ray is up", lambda: _steps(head) >= {"ray", "serve"}, PATIENCE_SECONDS)
        assert "load" not in _steps(head)
        follower = group.start_follower()
        wait_until("the group is lit", lambda: _lit(head), PATIENCE_SECONDS)
        assert "nodes" in _steps(head)
        with PatientClient(fleet.addresses, fleet.key) as client:
            job_id = client.submit(invoices.document(1), "1.txt", invoices.EXTRACTOR)
            assert client.wait(job_id)["state"] == "done"
            assert client.result(job_id)["data"] == invoices.answer(1)
        # Told first, the follower waits for its head, which may have work under way.
        follower.ask_to_stop()
        assert follower.alive
        assert head.stop() == 0
        assert follower.wait_end() == 0
        assert set(fleet.stop().values()) == {0}
        assert fleet.leftovers() == []


def test_job_of_a_group_that_loses_a_node_is_handed_back_and_done_by_the_next_group(database_url: str, tmp_path: Path) -> None:
    with Fleet(database_url, invoices.catalog(extract=SERVED)) as fleet:
        fleet.start(gateways=1, workers=0)
        group = Group(fleet, tmp_path)
        follower = group.start_follower()  # it looks for a head that is not there yet
        head = group.start_head(hangCall=1)
        wait_until("the group is lit", lambda: _lit(head), PATIENCE_SECONDS)
        with PatientClient(fleet.addresses, fleet.key) as client:
            job_id = client.submit(invoices.document(7), "7.txt", invoices.EXTRACTOR)
            wait_until("the job runs", lambda: client.get(f"/v1/jobs/{job_id}")["state"] == "running")
            follower.kill()
            assert head.wait_end() == 1
            assert [event["event"] for event in head.events() if event["event"] in ("engine-ended", "drained")] == [
                "engine-ended",
                "drained",
            ]
            assert client.get(f"/v1/jobs/{job_id}")["state"] == "queued"
            group.start_follower("follower-again")
            group.start_head("head-again")
            assert client.wait(job_id)["state"] == "done"
            assert client.result(job_id)["data"] == invoices.answer(7)
            kinds = [event["kind"] for event in client.follow(job_id)]
            assert kinds.count("done") == 1


def _steps(head: Member) -> set[str]:
    return {str(event["step"]) for event in head.events("engine-step")}


def _lit(head: Member) -> bool:
    head.require_alive()
    return any(event.get("stage") == "engine" for event in head.events("wake-stage"))


def _free_port() -> int:
    with socket.socket() as free:
        free.bind((HOST, 0))
        return int(free.getsockname()[1])
