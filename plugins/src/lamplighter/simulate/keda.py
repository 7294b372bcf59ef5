"""Between 0 and 1 replicas: KEDA, which polls its triggers, is pushed to, and waits for the cooldown.

KEDA 2.20.2, pkg/scaling/executor/scale_scaledobjects.go (RequestScale, scaleToZeroOrIdle): an active trigger makes 1 of 0
replicas and otherwise notes the time; without an active trigger it goes to 0 at the first poll after that time plus
cooldownPeriod. What Prometheus knows is as old as its last scrape. Polls that change nothing are no events: the tick that
matters is calculated.
"""

import math
import random
from collections.abc import Callable

from .arrivals import HOURS_A_DAY, SECONDS_AN_HOUR
from .clock import EPSILON_SECONDS, Clock, Event, Ticks
from .hpa import Recommendations, recommended
from .scenario import Control, SimulatedWorker


class Scaler:
    """KEDA and the HPA it feeds, for one worker. `scale` sets the Deployment's replicas."""

    def __init__(
        self, worker: SimulatedWorker, control: Control, clock: Clock, draw: random.Random, scale: Callable[[int], None]
    ) -> None:
        self._worker, self._control, self._clock, self._set = worker, control, clock, scale
        self._polls = Ticks(period=control.poll_seconds, phase=draw.uniform(0, control.poll_seconds))
        self._scrapes = Ticks(period=control.scrape_seconds, phase=draw.uniform(0, control.scrape_seconds))
        self._syncs = Ticks(period=control.hpa.sync_seconds, phase=draw.uniform(0, control.hpa.sync_seconds))
        self._pushes = worker.scale.trigger in ("push", "both")
        self._asks = worker.scale.trigger in ("prometheus", "both")
        self._history = Recommendations(control.hpa)
        self.replicas = worker.scale.least
        self._jobs = 0  # now
        self._scraped = 0  # as Prometheus has it
        self._active_since: float | None = None
        self._last_active = float("-inf")
        self._scrape: Event | None = None
        self._sync: Event | None = None
        self._sleep: Event | None = None
        if worker.lit_hours:
            self._clock.at(0.0, self._hour_begins)

    def jobs_are(self, jobs: int) -> None:
        """The metric has another value: queued and running jobs."""
        if jobs == self._jobs:
            return
        came = jobs > 0 and self._jobs == 0
        self._jobs = jobs
        if self._asks and self._scrape is None:
            self._scrape = self._clock.at(self._scrapes.next(self._clock.now), self._scraping)
        if self._pushes:
            if came:
                self._clock.after(self._control.push_seconds, self._pushed)
            self._activity()
        self._plan_sync()

    def _pushed(self) -> None:
        """The gateway said that there is a job."""
        if self._jobs:
            self._last_active = self._clock.now
            self._wake()

    def _scraping(self) -> None:
        self._scrape = None
        if self._scraped != self._jobs:
            self._scraped = self._jobs
            if self._active and self.replicas == 0:
                self._clock.at(self._polls.next(self._clock.now), self._polled)
            self._activity()
            self._plan_sync()

    def _polled(self) -> None:
        if self._active:
            self._wake()

    @property
    def _active(self) -> bool:
        """Whether a trigger would say so, asked now."""
        asked = self._asks and self._scraped > self._worker.scale.activation_threshold
        return asked or (self._pushes and self._jobs > 0) or self._hour in self._worker.lit_hours

    @property
    def _hour(self) -> int:
        return int((self._clock.now + EPSILON_SECONDS) // SECONDS_AN_HOUR) % HOURS_A_DAY

    def _hour_begins(self) -> None:
        """What the clock asks for may be something else from now on."""
        if self._hour in self._worker.lit_hours:
            self._wake()
        self._activity()
        self._clock.at((math.floor(self._clock.now / SECONDS_AN_HOUR) + 1) * SECONDS_AN_HOUR, self._hour_begins)

    def _wake(self) -> None:
        if self.replicas == 0:
            self._last_active = self._clock.now
            self._scale(1)
            self._plan_sync()

    def _activity(self) -> None:
        """Notes when triggers begin and end to be active; at the end plans the way to 0."""
        now = self._clock.now
        if self._active:
            if self._active_since is None:
                self._active_since = now
                if self._sleep:
                    self._sleep.cancel()
        elif self._active_since is not None:
            last = self._polls.before(now)
            if last >= self._active_since:
                self._last_active = max(self._last_active, last)
            self._active_since = None
            if self._worker.scale.least == 0:
                # Its status keeps whole seconds (metav1.Time), so a cooldown of whole polls is over at the last of them.
                since = math.floor(self._last_active)
                self._sleep = self._clock.at(self._polls.after(since + self._worker.scale.cooldown_seconds), self._cooled_down)

    def _cooled_down(self) -> None:
        self._sleep = None
        if not self._active and self.replicas:
            self._scale(0)

    # The HPA

    def _plan_sync(self) -> None:
        """The next look of the HPA, while there may be something for it to do. At its floor it looks for more jobs only."""
        scale = self._worker.scale
        floor = max(1, scale.least)
        if self._sync or self.replicas == 0 or scale.most <= floor:
            return
        if self.replicas > floor or self._recommended() > floor:
            self._sync = self._clock.at(self._syncs.after(self._clock.now), self._synced)

    def _recommended(self) -> int:
        """By the metric that asks for most, as the HPA takes several."""
        scale = self._worker.scale
        metrics = [jobs for jobs, used in ((self._jobs, self._pushes), (self._scraped, self._asks)) if used]
        return max(recommended(self.replicas, jobs, scale.jobs_per_replica, self._control.hpa.tolerance) for jobs in metrics)

    def _synced(self) -> None:
        self._sync = None
        if self.replicas:
            scale = self._worker.scale
            decided = self._history.decide(self._clock.now, self.replicas, self._recommended(), scale.least, scale.most)
            if decided != self.replicas:
                self._scale(decided)
        self._plan_sync()

    def _scale(self, replicas: int) -> None:
        self.replicas = replicas
        self._set(replicas)
