"""Which device a worker gets of a pool, and the fraction of it that each engine may reserve."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lamplighter.domain.pool import Isolation, Sharing, SharingMode
from lamplighter.placement import Reason, Refusal, Seat, seat
from lamplighter.units import MIB
from plugins.placement.cards import CHIPS, claim, engine, need, pool, shared


def sit(one, where):
    return seat(one, where, CHIPS[where.chip], need)


def test_a_worker_on_a_whole_card_asks_for_a_gpu_and_may_use_what_the_driver_reports() -> None:
    sat = sit(claim(), pool())
    assert isinstance(sat, Seat)
    assert (sat.resource, sat.device_bytes, sat.held_bytes) == ("nvidia.com/gpu", 15109 * MIB, 15109 * MIB)


def test_a_missing_mebibyte_is_counted_against_what_an_engine_may_reserve() -> None:
    # 97 % of 15109 MiB are 14655.73; 15000 MiB are 344.27 more, said as 345.
    refused = sit(claim(engines=(engine(15000),)), pool())
    assert isinstance(refused, Refusal)
    assert refused.reason is Reason.MEMORY
    assert "345 MiB too many" in refused.why
    assert "14655 MiB" in refused.why


def test_two_engines_share_one_card_in_proportion_to_their_needs() -> None:
    sat = sit(claim(engines=(engine(6000, model="a"), engine(3000, model="b"))), pool())
    assert isinstance(sat, Seat)
    # 92 % of what may be reserved (14655 MiB) is 13483: 4483 more than needed, a third of it for each 3000 MiB.
    big, small = sat.engines
    assert big.memory_fraction == pytest.approx(8988.5 / 15109, abs=0.001)
    assert small.memory_fraction == pytest.approx(4494.3 / 15109, abs=0.001)


def test_an_engine_that_reserves_nothing_keeps_what_it_needs_and_has_no_fraction() -> None:
    sat = sit(claim(engines=(engine(6000, model="a"), engine(3000, name="llamacpp", model="b"))), pool())
    assert isinstance(sat, Seat)
    assert [share.memory_fraction is None for share in sat.engines] == [False, True]
    assert sat.engines[1].reserved_bytes == 3000 * MIB


def test_a_share_in_turns_is_a_part_of_the_card_but_its_fraction_is_of_the_whole() -> None:
    sat = sit(claim(engines=(engine(3000),)), pool(sharing=shared(SharingMode.TIME_SLICING, 4)))
    assert isinstance(sat, Seat)
    assert sat.held_bytes == 15109 * MIB // 4
    assert sat.engines[0].memory_fraction is not None
    # 92 % of a quarter are 0.23 but for the last bytes, and thousandths are rounded down.
    assert sat.engines[0].memory_fraction == 0.229


@pytest.mark.parametrize(
    ("layout", "mib", "resource", "device"),
    [
        # NVIDIA/cloud-native-docs, mig-mixed-node-labels.json: 9984, 20096 and 40320 MiB.
        ({"1g.10gb": 2, "2g.20gb": 1, "3g.40gb": 1}, 9000, "nvidia.com/mig-1g.10gb", "1g.10gb"),
        ({"1g.10gb": 2, "2g.20gb": 1, "3g.40gb": 1}, 9985, "nvidia.com/mig-2g.20gb", "2g.20gb"),
        ({"1g.10gb": 2, "2g.20gb": 1, "3g.40gb": 1}, 30000, "nvidia.com/mig-3g.40gb", "3g.40gb"),
        ({"1g.10gb": 7}, 9000, "nvidia.com/gpu", "1g.10gb"),  # one kind: gpu-operator's strategy single
    ],
)
def test_a_worker_gets_the_smallest_instance_that_holds_it(layout, mib, resource, device) -> None:
    sat = sit(claim(engines=(engine(mib),)), pool(chip="h100-80", sharing=Sharing(mode=SharingMode.MIG, layout=layout)))
    assert isinstance(sat, Seat)
    assert (sat.resource, sat.device) == (resource, device)


def test_no_one_sits_on_an_impossible_layout() -> None:
    layout = {"7g.80gb": 1, "1g.10gb": 1}
    refused = sit(claim(), pool(chip="h100-80", sharing=Sharing(mode=SharingMode.MIG, layout=layout)))
    assert isinstance(refused, Refusal)
    assert refused.reason is Reason.NO_OFFER
    assert "8 compute slices" in refused.why


@pytest.mark.parametrize(
    ("mode", "sits"),
    [
        (SharingMode.NONE, True),
        (SharingMode.DRA, True),
        (SharingMode.MPS, True),  # a limit per client: set_default_device_pinned_mem_limit
        (SharingMode.TIME_SLICING, False),
        (SharingMode.HAMI, False),
    ],
)
def test_hard_isolation_sits_only_where_driver_or_hardware_keeps_pods_apart(mode: SharingMode, sits: bool) -> None:
    sat = sit(claim(engines=(engine(100),), isolation=Isolation.HARD), pool(sharing=shared(mode, 2)))
    assert isinstance(sat, Seat) == sits
    if isinstance(sat, Refusal):
        assert sat.reason is Reason.ISOLATION


def test_a_card_divided_by_mebibytes_gives_what_is_needed() -> None:
    sat = sit(claim(engines=(engine(4000),)), pool(sharing=shared(SharingMode.HAMI, 10)))
    assert isinstance(sat, Seat)
    assert sat.held_bytes == 4124 * MIB  # 4000 / 0.97, rounded up


def test_several_gpus_are_not_asked_of_shares_since_they_may_lie_on_one_card() -> None:
    refused = sit(claim(gpus=2), pool(gpus=4, sharing=shared(SharingMode.MPS, 2)))
    assert isinstance(refused, Refusal)
    assert refused.reason is Reason.SEVERAL_SHARES


def test_what_is_not_known_never_fits() -> None:
    refused = sit(claim(engines=(engine(1, model="mystery"),)), pool())
    assert isinstance(refused, Refusal)
    assert refused.reason is Reason.UNKNOWN
    assert "cannot be said" in refused.why


@given(
    needs=st.lists(st.integers(1, 9000), min_size=1, max_size=5),
    mode=st.sampled_from([SharingMode.NONE, SharingMode.TIME_SLICING, SharingMode.MPS, SharingMode.HAMI]),
    replicas=st.integers(2, 8),
    chip=st.sampled_from(sorted(CHIPS)),
)
def test_no_engine_gets_less_than_it_needs_nor_all_together_more_than_the_pod_may_hold(needs, mode, replicas, chip) -> None:
    engines = tuple(engine(mib, model=f"m{index}") for index, mib in enumerate(needs))
    sat = sit(claim(engines=engines), pool(chip=chip, sharing=shared(mode, replicas)))
    if isinstance(sat, Refusal):
        assert sat.missing_bytes > 0
        return
    for share in sat.engines:
        assert share.memory_fraction is not None
        assert share.memory_fraction * sat.total_bytes >= share.needed_bytes - 1  # a float's last digit
        assert share.reserved_bytes >= share.needed_bytes
    assert sum(share.reserved_bytes for share in sat.engines) <= sat.held_bytes
    assert sum(share.memory_fraction or 0 for share in sat.engines) <= 0.97 + 1e-9
