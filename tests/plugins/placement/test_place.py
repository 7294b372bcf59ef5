"""All workers onto all pools: cheapest first, together, by priority where nodes do not suffice, with the GPUs that result."""

import random
import time

import pytest

from lamplighter.domain.pool import GpuPool, Price, Sharing, SharingMode
from lamplighter.placement import Claim, Placement, Reason, place
from plugins.placement.cards import CHIPS, SPOT, claim, engine, need, pool, shared


def placed(claims: list[Claim], pools: list[GpuPool], **more: bool) -> Placement:
    return place({one.name: one for one in claims}, pools={one.name: one for one in pools}, chips=CHIPS, need=need, **more)


def test_replicas_go_to_the_cheapest_pool_first_and_over_to_the_next() -> None:
    cheap, dear = pool("cheap", nodes=3, price=0.5), pool("dear", chip="l4", price=1.0)
    found = placed([claim(replicas=5, pools=("dear", "cheap"))], [cheap, dear])
    worker = found.workers["w"]
    assert [sat.pool for sat in worker.seats] == ["cheap", "dear"]
    assert worker.replicas == {"cheap": 3, "dear": 2}
    assert found.cost_per_hour == pytest.approx(3 * 0.5 + 2 * 1.0)
    assert found.currency == "EUR"


def test_a_dearer_node_that_holds_more_is_the_cheaper_pool() -> None:
    # Per replica: 1.00 on a card alone, 1.20 / 4 = 0.30 in quarters.
    alone, quarters = pool("alone", price=1.0), pool("quarters", price=1.2, sharing=shared(SharingMode.MPS, 4))
    found = placed([claim(replicas=8, pools=("alone", "quarters"), engines=(engine(3000),))], [alone, quarters])
    assert found.workers["w"].replicas == {"quarters": 8}
    assert found.pools["quarters"].nodes == 2


def test_a_replica_over_several_nodes_takes_and_costs_all_of_them() -> None:
    # Two replicas of three nodes with two GPUs each: 6 nodes, 12 GPUs.
    found = placed([claim(replicas=2, gpus=2, nodes=3)], [pool(gpus=2, nodes=7, price=2.0)])
    assert found.workers["w"].replicas == {"p": 2}
    assert (found.pools["p"].nodes, found.cost_per_hour) == (6, pytest.approx(12.0))
    assert [use.gpus for use in found.pools["p"].gpus] == [12]


def test_a_replica_over_several_nodes_is_placed_whole_or_not_at_all() -> None:
    found = placed([claim(replicas=2, nodes=3)], [pool(nodes=5)])
    assert found.workers["w"].placed == 1
    (refusal,) = found.refusals
    assert (refusal.reason, refusal.missing_replicas) == (Reason.NODES, 1)
    assert refusal.change == "Raise nodes.max of pool p by 3, or lower scale.max of w by 1."


def test_workers_that_want_the_same_pool_leave_it_to_who_has_no_other() -> None:
    small, large = pool("small", nodes=2, price=0.5), pool("large", chip="l4", price=1.0)
    either, only = claim("either", replicas=2, pools=("small", "large")), claim("only", replicas=2, pools=("small",))
    found = placed([either, only], [small, large])
    assert found.complete
    assert found.workers["only"].replicas == {"small": 2}
    assert found.workers["either"].replicas == {"large": 2}


def test_where_nodes_do_not_suffice_the_higher_priority_is_placed() -> None:
    found = placed([claim("low", replicas=3), claim("high", replicas=2, priority=1)], [pool(nodes=3)])
    assert (found.workers["high"].placed, found.workers["low"].placed) == (2, 1)
    (refusal,) = found.refusals
    assert refusal.reason is Reason.NODES
    assert refusal.missing_replicas == 2
    assert "2 of 3 replicas of worker low" in refusal.why
    assert refusal.change == "Raise nodes.max of pool p by 2, or lower scale.max of low by 2."


def test_a_quota_below_the_most_nodes_is_the_limit_and_what_has_to_be_raised() -> None:
    found = placed([claim(replicas=4)], [pool(nodes=4, quota_nodes=3)])
    assert found.workers["w"].placed == 3
    assert "Raise quota.nodes of pool p by 1" in found.refusals[0].change


def test_without_spot_the_peak_goes_to_regular_nodes_at_their_price() -> None:
    spot, regular = pool("spot", price=0.2, lifecycle=SPOT), pool("regular", price=1.0)
    claims = [claim(replicas=4, pools=("spot", "regular"))]
    assert placed(claims, [spot, regular]).cost_per_hour == pytest.approx(0.8)
    assert placed(claims, [spot, regular], without_spot=True).cost_per_hour == pytest.approx(4.0)


def test_nodes_that_always_stand_are_paid_and_used_first() -> None:
    found = placed([claim(replicas=3)], [pool(nodes=9, least_nodes=2)])
    assert found.pools["p"].nodes == 3
    assert found.cost_per_hour == pytest.approx(3.0)
    assert placed([claim(replicas=1)], [pool(nodes=9, least_nodes=2)]).pools["p"].nodes == 2


def test_prices_in_two_currencies_give_no_sum() -> None:
    euros, dollars = (
        pool("euros"),
        GpuPool(name="d", chip="t4", gpus_per_node=1, most_nodes=9, price=Price(amount=1, currency="USD")),
    )
    found = placed([claim(replicas=2, pools=("euros", "d"))], [euros, dollars])
    assert found.complete
    assert (found.cost_per_hour, found.currency) == (None, None)


def test_the_gpus_of_a_cut_pool_show_who_lies_where() -> None:
    layout = {"1g.10gb": 2, "2g.20gb": 1, "3g.40gb": 1}
    cut = pool(chip="h100-80", gpus=2, sharing=Sharing(mode=SharingMode.MIG, layout=layout))
    small, large = claim("small", replicas=4, engines=(engine(9000),)), claim("large", replicas=2, engines=(engine(30000),))
    found = placed([small, large], [cut])
    assert found.pools["p"].nodes == 1
    (use,) = found.pools["p"].gpus
    assert use.gpus == 2
    assert {(pod.worker, pod.device): count for pod, count in use.pods} == {("small", "1g.10gb"): 2, ("large", "3g.40gb"): 1}


def test_cards_divided_by_mebibytes_hold_what_fits_their_memory() -> None:
    # On 15109 MiB: 10310 (10000 / 0.97) and 4124, together 14434.
    divided = pool(gpus=2, sharing=shared(SharingMode.HAMI, 10))
    found = placed(
        [claim("big", replicas=2, engines=(engine(10000),)), claim("small", replicas=2, engines=(engine(4000),))], [divided]
    )
    assert found.pools["p"].nodes == 1
    (use,) = found.pools["p"].gpus
    assert (use.gpus, {pod.worker: count for pod, count in use.pods}) == (2, {"big": 1, "small": 1})


@pytest.mark.parametrize("seed", range(25))
def test_a_placement_never_overfills_a_gpu_and_places_every_replica_once(seed: int) -> None:
    random_ = random.Random(seed)
    modes = [SharingMode.NONE, SharingMode.TIME_SLICING, SharingMode.MPS, SharingMode.HAMI]
    pools = [
        pool(
            f"p{index}",
            chip=random_.choice(["t4", "l4", "h100-80"]),
            gpus=random_.choice([1, 2, 4]),
            nodes=random_.choice([5, 500]),
            price=random_.uniform(0.3, 5),
            sharing=shared(mode, random_.randint(2, 6)) if mode is not SharingMode.NONE else Sharing(),
        )
        for index, mode in enumerate(random_.choices(modes, k=4))
    ]
    names = tuple(one.name for one in pools)
    claims = [
        claim(f"w{index}", replicas=random_.randint(0, 60), engines=(engine(random_.randint(500, 14000)),), pools=names)
        for index in range(5)
    ]
    found = placed(claims, pools)
    for one in pools:
        result = found.pools[one.name]
        assert result.nodes <= one.usable_nodes
        limit = 1 if one.sharing.mode is SharingMode.NONE else one.sharing.replicas
        for use in result.gpus:
            assert sum(count for _, count in use.pods) <= limit
            assert sum(pod.held_bytes * count for pod, count in use.pods) <= CHIPS[one.chip].memory_bytes
    for worker in found.workers.values():
        on_gpus = sum(
            use.gpus * count
            for result in found.pools.values()
            for use in result.gpus
            for pod, count in use.pods
            if pod.worker == worker.name
        )
        assert on_gpus == worker.placed <= worker.wanted
    if found.complete:
        assert found.cost_per_hour is not None
        assert found.least_cost_per_hour is not None
        assert found.cost_per_hour >= found.least_cost_per_hour - 1e-6


def test_ten_thousand_replicas_are_placed_within_five_seconds() -> None:
    pools = [
        pool("a", gpus=4, nodes=9000, price=4.0),
        pool("b", chip="l4", gpus=8, nodes=9000, price=7.0),
        pool("c", chip="h100-80", gpus=8, nodes=9000, price=40.0, sharing=shared(SharingMode.HAMI, 10)),
    ]
    claims = [
        claim(f"w{index}", replicas=1250, engines=(engine(1500 * (index + 1)),), pools=("a", "b", "c")) for index in range(8)
    ]
    begin = time.perf_counter()
    found = placed(claims, pools)
    assert time.perf_counter() - begin < 5
    assert found.complete
    assert found.cost_per_hour is not None
    assert found.least_cost_per_hour is not None
    assert found.cost_per_hour <= 1.01 * found.least_cost_per_hour
