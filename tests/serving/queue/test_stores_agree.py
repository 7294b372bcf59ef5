"""Any sequence of calls: both stores, side by side, do what the model does.

Several holders work on a few jobs; every lease ever given is kept and used again, living or lost.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from lamplighter_serving.database import Database, Query
from lamplighter_serving.errors import LeaseLost
from lamplighter_serving.queue.job import TRANSITIONS, Job, JobState, Lease, Problem
from lamplighter_serving.queue.store import JobStore
from serving.queue.jobs import new_job
from serving.queue.model import Model, ModelJob, ModelLease
from serving.queue.timed import TimedStore, timed_memory, timed_postgres

T = TypeVar("T")

TENANTS = ("acme", "globex")
WORKERS = ("extract", "ocr")
HOLDERS = ("worker-1", "worker-2", "worker-3")
#: Whole steps of five minutes: what the steps of an example take in real time never reaches the next one.
STEP_MINUTES = 5
LEASE_MINUTES = 10
#: The longest rest after three attempts is four seconds; all of it is over after one step.
PROBLEM = Problem(code="engine-unavailable", sentence="The engine failed.")
EMPTY = Query(name="empty", text=b"TRUNCATE jobs, pieces, job_events, document_chunks, results, outcomes, deliveries")


@dataclass(frozen=True, slots=True)
class Pair:
    """A job in the model and what each store calls it."""

    model: ModelJob
    jobs: tuple[Job, Job]


@dataclass(frozen=True, slots=True)
class LeasePair:
    """A lease in the model and in each store."""

    model: ModelLease
    leases: tuple[Lease, Lease]


class StoresAgree(RuleBasedStateMachine):
    """The rules: one a call of the store."""

    jobs: Bundle[Pair] = Bundle("jobs")
    leases: Bundle[LeasePair] = Bundle("leases")

    runner: asyncio.Runner
    database: Database

    @initialize()
    def begin(self) -> None:
        self.run(self.database.rows(EMPTY))
        self.model = Model()
        self.timed: tuple[TimedStore, TimedStore] = (timed_memory(), timed_postgres(self.database))
        self.pairs: list[Pair] = []
        self.seen: dict[tuple[int, int], Job] = {}

    def run(self, call: Awaitable[T]) -> T:
        async def awaited() -> T:
            return await call

        return self.runner.run(awaited())

    def both(self, call: Callable[[JobStore, int], Awaitable[T]]) -> tuple[T, T]:
        """The same call of each store; the second argument says which store it is."""
        first, second = (self.run(call(timed.store, place)) for place, timed in enumerate(self.timed))
        return first, second

    def write(self, pair: LeasePair, call: Callable[[JobStore, Lease], Awaitable[T]]) -> bool:
        """A write with a lease: allowed where the model allows it, refused by both stores where not."""
        holds = self.model.holds(pair.model)
        for timed, lease in zip(self.timed, pair.leases, strict=True):
            if holds:
                self.run(call(timed.store, lease))
            else:
                with pytest.raises(LeaseLost):
                    self.run(call(timed.store, lease))
        return holds

    def elapse(self, minutes: int) -> None:
        self.model.minute += minutes
        for timed in self.timed:
            self.run(timed.elapse(timedelta(minutes=minutes)))

    @rule(
        target=jobs,
        tenant=st.sampled_from(TENANTS),
        worker=st.sampled_from(WORKERS),
        priority=st.integers(-1, 1),
        max_attempts=st.integers(1, 3),
    )
    def submit(self, tenant: str, worker: str, priority: int, max_attempts: int) -> Pair:
        facts = {"tenant": tenant, "worker": worker, "priority": priority, "max_attempts": max_attempts}
        model = self.model.submit(**facts)  # type: ignore[arg-type]
        memory, postgres = self.both(lambda store, _: store.submit(new_job(**facts), b"document"))
        pair = Pair(model, (memory.job, postgres.job))
        self.pairs.append(pair)
        return pair

    @rule(target=leases, worker=st.sampled_from(WORKERS), holder=st.sampled_from(HOLDERS), limit=st.integers(0, 3))
    def lease(self, worker: str, holder: str, limit: int) -> object:
        expected = self.model.lease(worker, holder=holder, limit=limit, minutes=LEASE_MINUTES)
        duration = timedelta(minutes=LEASE_MINUTES)
        memory, postgres = self.both(lambda store, _: store.lease(worker, holder=holder, limit=limit, duration=duration))
        given = [LeasePair(model, leases) for model, *leases in zip(expected, memory, postgres, strict=True)]  # type: ignore[arg-type]
        for model, *leases in zip(expected, memory, postgres, strict=True):
            for place, lease in enumerate(leases):
                assert lease.job.id == self.pairs[model.job.number].jobs[place].id
                assert (lease.fence, lease.holder) == (model.fence, holder)
        return multiple(*given)

    @rule(holder=st.sampled_from(HOLDERS), pairs=st.lists(leases, max_size=4))
    def heartbeat(self, holder: str, pairs: list[LeasePair]) -> None:
        duration = timedelta(minutes=LEASE_MINUTES)
        alive = [pair for pair in pairs if self.model.holds(pair.model) and pair.model.holder == holder]
        for pair in alive:
            self.model.extend(pair.model, LEASE_MINUTES)
        answers = self.both(lambda store, place: store.heartbeat(holder, [pair.leases[place] for pair in pairs], duration))
        for place, answer in enumerate(answers):
            assert answer == {pair.leases[place].job.id for pair in alive}

    @rule(pair=leases)
    def complete(self, pair: LeasePair) -> None:
        result: dict[str, object] = {"fence": pair.model.fence}
        if self.write(pair, lambda store, lease: store.complete(lease, result)):
            self.model.end(pair.model.job, "done", None)
            pair.model.job.result = result

    @rule(pair=leases)
    def fail(self, pair: LeasePair) -> None:
        if self.write(pair, lambda store, lease: store.fail(lease, PROBLEM)):
            self.model.end(pair.model.job, "failed", PROBLEM.code)

    @rule(pair=leases, steps=st.integers(0, 3))
    def retry(self, pair: LeasePair, steps: int) -> None:
        delay = timedelta(minutes=steps * STEP_MINUTES)
        if self.write(pair, lambda store, lease: store.retry(lease, PROBLEM, delay=delay)):
            self.model.try_again(pair.model.job, PROBLEM.code, steps * STEP_MINUTES)

    @rule(pair=leases)
    def release(self, pair: LeasePair) -> None:
        if self.write(pair, lambda store, lease: store.release(lease)):
            self.model.release(pair.model.job)

    @rule(pair=leases)
    def record(self, pair: LeasePair) -> None:
        if self.write(pair, lambda store, lease: store.record(lease, "stage", {"fence": lease.fence})):
            pair.model.job.kinds.append("stage")

    @rule(pair=leases)
    def read_document(self, pair: LeasePair) -> None:
        self.write(pair, lambda store, lease: store.leased_document(lease))

    @rule(pair=jobs)
    def cancel(self, pair: Pair) -> None:
        if not pair.model.final:
            self.model.end(pair.model, "cancelled", pair.model.problem)
        answers = self.both(lambda store, place: store.cancel(pair.model.tenant, pair.jobs[place].id))
        assert {job.state for job in answers} == {pair.model.state}

    @rule(steps=st.integers(1, 3))
    def let_time_pass(self, steps: int) -> None:
        self.elapse(steps * STEP_MINUTES)

    @rule()
    def reap(self) -> None:
        expired = self.model.expired()
        assert self.both(lambda store, _: store.reap()) == (len(expired), len(expired))
        for job in expired:
            self.model.try_again(job, "worker-lost", 0)
        self.check_jobs()
        self.elapse(STEP_MINUTES)  # their rest is a matter of seconds and of chance

    @rule(pair=consumes(leases))
    def forget(self, pair: LeasePair) -> None:
        """A worker that dies: nobody writes with this lease again."""

    @invariant()
    def check_depths(self) -> None:
        for depths in self.both(lambda store, _: store.depths(WORKERS)):
            assert [(each.queued, each.running) for each in depths] == [self.model.depth(worker) for worker in WORKERS]
        for outcomes in self.both(lambda store, _: store.outcomes()):
            assert outcomes == self.model.outcomes()

    @invariant()
    def check_jobs(self) -> None:
        for place, timed in enumerate(self.timed):
            found = {}
            for tenant in TENANTS:
                page = self.run(timed.store.list_jobs(tenant, limit=1000))
                found.update({job.id: job for job in page.jobs})
                assert {job.tenant for job in page.jobs} <= {tenant}
            assert len(found) == len(self.pairs)
            for pair in self.pairs:
                job, model = found[pair.jobs[place].id], pair.model
                assert (job.state, job.attempt, job.fence) == (model.state, model.attempt, model.fence)
                assert (job.problem.code if job.problem else None) == model.problem
                assert (job.lease_expires_at is not None) == (model.state == "running")
                assert (job.finished_at is not None) == model.final
                self.check_step(place, model.number, job)

    def check_step(self, place: int, number: int, job: Job) -> None:
        """What may change between two looks at one job."""
        before = self.seen.get((place, number))
        self.seen[place, number] = job
        if before is None:
            assert job.state is JobState.QUEUED
            return
        assert job.fence >= before.fence
        if job.state != before.state:
            assert job.state in TRANSITIONS[before.state]

    def teardown(self) -> None:
        for pair in getattr(self, "pairs", []):
            tenant, model = pair.model.tenant, pair.model
            for events in self.both(lambda store, place, pair=pair: store.events(pair.model.tenant, pair.jobs[place].id)):  # type: ignore[misc]
                assert [event.kind for event in events] == model.kinds
                assert sum(event.kind in ("done", "failed", "dead", "cancelled") for event in events) == model.final
            results = self.both(lambda store, place, pair=pair: store.result(pair.model.tenant, pair.jobs[place].id))  # type: ignore[misc]
            assert results == (model.result, model.result), tenant


def test_both_stores_do_what_the_model_does_whatever_the_sequence_of_calls(database_url: str) -> None:
    with asyncio.Runner() as runner:
        database = Database(database_url, connections=2)
        machine = type("StoresAgreeHere", (StoresAgree,), {"runner": runner, "database": database})
        checks = (HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large)
        try:
            run_state_machine_as_test(
                machine,
                settings=settings(max_examples=40, stateful_step_count=30, suppress_health_check=checks),
            )
        finally:
            runner.run(database.close())
