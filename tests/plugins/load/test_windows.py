"""ServeGen's windows: as many jobs as the rates say, each within its window, drawn by a seed."""

import itertools
from pathlib import Path

import pytest

from lamplighter.errors import CannotJudge
from lamplighter.load.traces import Work, read_trace
from lamplighter.load.windows import Window, times_of

#: m-large's first client (data/language/m-large/chunk-0-trace.csv), the first five windows of ten minutes.
LINES = """\
0,1.3316666666666668,8.598383725990791,Weibull,0.3753486140101707,0.3967677807107179
600,0,0,,0,0
1200,0.2733333333333333,6.016918484717946,Weibull,0.4949831672353574,3.3810771356697296
1800,0.15,4.068197850957398,Gamma,0.060422107316638725,103.65095274189687
2400,0,0,,0,0
"""
WORK = Work(job_seconds=20.0, prefill_tokens_per_second=1.0, decode_tokens_per_second=1.0)


def test_each_window_has_the_jobs_of_its_rate(tmp_path: Path) -> None:
    file = tmp_path / "chunk-0-trace.csv"
    file.write_text(LINES)
    arrivals = read_trace(file, "extract", WORK)
    # 799, none, 164 and 90 in 600 s each.
    counts = [sum(start <= arrival.at < start + 600 for arrival in arrivals) for start in (0, 600, 1200, 1800, 2400)]
    assert counts == [799, 0, 164, 90, 0]
    assert [arrival.at for arrival in arrivals] == sorted(arrival.at for arrival in arrivals)
    assert {arrival.work_seconds for arrival in arrivals} == {20.0}


def test_the_seed_draws_them(tmp_path: Path) -> None:
    file = tmp_path / "chunk.csv"
    file.write_text(LINES)
    assert read_trace(file, "w", WORK, seed=3) == read_trace(file, "w", WORK, seed=3)
    assert read_trace(file, "w", WORK, seed=3) != read_trace(file, "w", WORK, seed=4)


def test_gaps_are_as_uneven_as_their_distribution() -> None:
    """A gamma distribution of shape k has a coefficient of variation of k ** -0.5; the stretch leaves that as it is."""
    window = Window(start=0.0, rate=20.0, pattern="Gamma", shape=0.25, scale=1.0)
    times = list(times_of([window], seed=1))
    gaps = [later - one for one, later in itertools.pairwise(times)]
    mean = sum(gaps) / len(gaps)
    spread = (sum((gap - mean) ** 2 for gap in gaps) / len(gaps)) ** 0.5
    assert spread / mean == pytest.approx(2.0, rel=0.1)


def test_a_line_that_is_no_window_is_named(tmp_path: Path) -> None:
    file = tmp_path / "chunk.csv"
    for broken in ("600,0,0,Poisson,0,0", "0,1,1,Gamma,1,1", "600,1,1,Gamma,0,1", "600,inf,1,Gamma,1,1", "600"):
        file.write_text(f"0,1,1,Gamma,1,1\n{broken}\n")
        with pytest.raises(CannotJudge, match=":2:"):
            read_trace(file, "w", WORK)
