"""Riders of the pretend Blink Logistics who do their rounds by the clock (K:247-258).

May not do anything that the control route of a single event could not. Non-obvious choice: a ride ends quietly when its next
step is impossible, because somebody else has had a hand in the task; a rider who finds it cancelled goes home.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from .agenda import Due
from .logistics import EVENTS, Logistics, Task
from .words import Cause, JsonObject, RefusedError

PROFILES: dict[str, tuple[tuple[float, int], ...]] = {
    "normal": ((60, 23), (120, 24), (900, 25), (1200, 26), (2400, 27)),
    "return": ((120, 23), (240, 24), (1800, 25), (2100, 26), (3600, 27)),  # arrives at the customer, ends at the branch
    "unassign": ((60, 23), (120, 24), (300, 22), (600, 23), (660, 24), (1500, 25), (1800, 26), (3000, 27)),
    "reassign": ((60, 23), (120, 24), (300, 29), (360, 24), (1200, 25), (1500, 26), (2700, 27)),
    "cancel": ((60, 23), (120, 24), (600, 28)),
}
"""Virtual seconds since the beginning of the ride, and the event."""

CAUSE = Cause("sim.riders.ride", "rider")

SECOND: JsonObject = {"name": "Second Rider", "contact": "+923210000002"}
"""Whoever takes over (K:258)."""


@dataclass(slots=True)
class Riders:
    """Who is on the way, and by which profile new tasks are met; empty for nobody."""

    logistics: Logistics
    profile: str = ""
    rides: dict[str, deque[tuple[datetime, int]]] = field(default_factory=dict[str, deque[tuple[datetime, int]]])

    def ride(self, task: Task, steps: Iterable[tuple[float, int]]) -> list[tuple[datetime, int]]:
        """Send a rider; one who is on the way already is called back.

        Args:
            task: The task.
            steps: Virtual seconds from now, and the event.

        Returns:
            When each event is going to happen.
        """
        now = self.logistics.ground.clock.now()
        found = sorted(((now + timedelta(seconds=after), event) for after, event in steps), key=lambda step: step[0])
        self.rides[task.id] = deque(found)
        return found

    def meet(self, task: Task) -> None:
        """Send a rider to a new task, if riders wait for one."""
        if self.profile and task.id not in self.rides:
            self.ride(task, PROFILES[self.profile])

    def dues(self) -> Iterator[Due]:
        """The next step of each ride."""
        for name, steps in self.rides.items():
            if steps:
                yield Due(steps[0][0], 3, name, partial(self._step, name))

    def _step(self, name: str) -> None:
        _, event = self.rides[name].popleft()
        agent = SECOND if EVENTS[event] == "TASK_REASSIGNED" else None
        try:
            self.logistics.happen(self.logistics.tasks[name], event, cause=CAUSE, agent=agent)
        except RefusedError:
            self.rides[name].clear()
