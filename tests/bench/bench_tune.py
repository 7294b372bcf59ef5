"""What `tune` finds for staging, beside the seed's settings and the chart's defaults, by each method, on three days.

Learned on arrivals of one seed and judged on those of another, both of a week. Each method is asked for a little less seconds
than the better of the two has, and for as little money as it can.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from bench.figure import Figure
from lamplighter.commands.newenvironment import COOLDOWN_SECONDS, JOBS_PER_REPLICA
from lamplighter.commands.whatif import WhatIf, what_if
from lamplighter.commands.world import World, read_world, world_scenario
from lamplighter.load.prices import packaged_prices
from lamplighter.simulate.arrivals import DAYS, SECONDS_A_DAY, Arrival, arrivals_of
from lamplighter.simulate.cost import monthly_cost
from lamplighter.simulate.evolution import evolve
from lamplighter.simulate.run import simulate
from lamplighter.simulate.scenario import Scenario
from lamplighter.simulate.schedule import Schedule, learn
from lamplighter.simulate.search import Outcome, Value, search
from lamplighter.simulate.summary import summaries
from lamplighter.simulate.tunable import COOLDOWNS, Tuned, axes_of, longest_wake, settings_now, with_settings
from plugins.tree import ROOT

ENVIRONMENT, WORKER = "staging", "extract"
PATTERNS = ("office", "bursts", "nightly")
LEARNED, JUDGED = 1, 2
LENGTH_DAYS = 7
#: Asked for: other arrivals are no exact repetition.
FASTER = 0.97
#: The seed's loop: Prometheus' scrape and KEDA's poll at their defaults of 30 s, its cooldown at KEDA's 300.
SEED_CONTROL = {"control.pollSeconds": 30, "control.scrapeSeconds": 30}
SEED_COOLDOWN_SECONDS = 300


@dataclass(frozen=True, kw_only=True)
class Day:
    """A day's pattern on staging, and what settings come to on it."""

    world: World
    tried: WhatIf
    pattern: str

    @property
    def tuned(self) -> Tuned:
        return Tuned(deployment=self.world.deployment, order=self.world.order)

    def outcome(self, scenario: Scenario, seed: int) -> Outcome:
        """p95 of results and money a month."""
        seconds = LENGTH_DAYS * SECONDS_A_DAY
        arrivals = _arrivals(self.pattern, seed)
        record = simulate(scenario, arrivals, seconds=seconds, seed=seed)
        result = summaries(record, {WORKER: len(arrivals)}, 600.0)[WORKER].result
        waited = result[95] if result and len(record.undone) * 20 < len(arrivals) else float("inf")
        return Outcome(seconds=waited, money=monthly_cost(record, scenario, self.tried.prices).total)

    def scenario(self, settings: Mapping[str, Value], **worker: object) -> Scenario | None:
        """None where LL401 refuses the cooldown."""
        changed = with_settings(self.tuned, WORKER, settings, self.tried.prices)
        if settings["min"] == 0 and int(settings["cooldownSeconds"]) < longest_wake(changed, WORKER):
            return None
        made = world_scenario(changed.deployment, [WORKER], changed.order, self.tried.control)
        return replace(made, workers={WORKER: replace(made.workers[WORKER], **worker)})  # type: ignore[arg-type]

    def attempt(self, settings: Mapping[str, Value], seed: int = LEARNED, **worker: object) -> Outcome:
        """What settings come to."""
        scenario = self.scenario(settings, **worker)
        return self.outcome(scenario, seed) if scenario else Outcome(seconds=float("inf"), money=float("inf"))


def main() -> list[Figure]:
    """For each day: the two that stand, and what each method found, judged on arrivals that it did not see."""
    return [figure for pattern in PATTERNS for figure in _figures(_day(pattern))]


def _figures(day: Day) -> list[Figure]:
    stood = {"the seed's settings": _seeds(day), "the defaults of lamplighter init": _defaults(day)}
    judged = {name: attempt(JUDGED) for name, attempt in stood.items()}
    goal = FASTER * min(attempt(LEARNED).seconds for attempt in stood.values())
    cheaper = min(judged.values(), key=lambda outcome: outcome.money)
    quicker = min(judged.values(), key=lambda outcome: outcome.seconds)
    found = [Figure(what=f"{day.pattern} days: {name}", ours=_said(outcome)) for name, outcome in judged.items()]
    for name, (settings, outcome) in _methods(day, goal).items():
        found.append(
            Figure(
                what=f"{day.pattern} days, {name}: {settings}",
                ours=_said(outcome),
                against=f"p95 {quicker.seconds:.1f} s and {cheaper.money:.1f} USD, the better of the two above in each",
                ratio=max(outcome.money / cheaper.money, outcome.seconds / quicker.seconds),
                aim="below 1: better on both",
            )
        )
    return found


def _methods(day: Day, goal: float) -> Mapping[str, tuple[str, Outcome]]:
    start, axes = settings_now(day.tuned, WORKER), axes_of(day.tuned, WORKER, day.world.scenario.workers[WORKER].concurrency)
    blocks = [
        [{"min": number, "cooldownSeconds": seconds} for number in axes["min"] for seconds in axes["cooldownSeconds"]],
        [{"jobsPerReplica": number} for number in axes["jobsPerReplica"]],
    ]
    steps = search(start, blocks, day.attempt, most_seconds=goal).settings
    evolved = evolve(start, axes, day.attempt, most_seconds=goal, seed=LEARNED).settings
    cooldowns = [seconds for seconds in COOLDOWNS if seconds >= longest_wake(day.tuned, WORKER)]

    def played(schedule: Schedule, seed: int = LEARNED) -> Outcome:
        chosen = {**steps, "min": 0, "cooldownSeconds": schedule.cooldown_seconds}
        return day.attempt(chosen, seed, lit_hours=schedule.lit_hours)

    schedule, _outcome = learn(cooldowns, played, most_seconds=goal, seed=LEARNED)
    hours = ", ".join(map(str, sorted(schedule.lit_hours))) or "none"
    return {
        "steps": (_words(steps, start), day.attempt(steps, JUDGED)),
        "evolution": (_words(evolved, start), day.attempt(evolved, JUDGED)),
        "a learned schedule": (f"cooldown {schedule.cooldown_seconds}, lit at {hours}", played(schedule, JUDGED)),
    }


def _seeds(day: Day) -> Callable[[int], Outcome]:
    """Asked of Prometheus, every loop at its own default."""
    tried = what_if([f"{key}={value}" for key, value in SEED_CONTROL.items()], packaged_prices())
    facts = day.world.deployment.workers[WORKER]
    scale = replace(facts.scale, trigger="prometheus", cooldown_seconds=SEED_COOLDOWN_SECONDS)
    workers = {**day.world.deployment.workers, WORKER: replace(facts, scale=scale)}
    there = replace(day.world.deployment, workers=workers)
    scenario = world_scenario(there, [WORKER], day.world.order, tried.control)
    return lambda seed: day.outcome(scenario, seed)


def _defaults(day: Day) -> Callable[[int], Outcome]:
    """What a new environment gets, pushed."""
    chosen = {"min": 0, "jobsPerReplica": JOBS_PER_REPLICA, "cooldownSeconds": COOLDOWN_SECONDS}
    settings = {**settings_now(day.tuned, WORKER), **chosen}
    return lambda seed: day.attempt(settings, seed)


def _day(pattern: str) -> Day:
    tried = what_if([], packaged_prices())
    world = read_world(ROOT, ENVIRONMENT, tried)
    assert isinstance(world, World), world
    return Day(world=world, tried=tried, pattern=pattern)


def _arrivals(pattern: str, seed: int) -> Sequence[Arrival]:
    return arrivals_of(DAYS[pattern], WORKER, days=LENGTH_DAYS, work_seconds=20.0, seed=seed)


def _said(outcome: Outcome) -> str:
    return f"p95 {outcome.seconds:.1f} s, {outcome.money:.1f} USD a month"


def _words(settings: Mapping[str, Value], start: Mapping[str, Value]) -> str:
    changed = {name: value for name, value in settings.items() if value != start[name]}
    return ", ".join(f"{name} {value}" for name, value in changed.items()) or "as it is"
