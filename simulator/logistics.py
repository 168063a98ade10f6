"""The pretend Blink Logistics: tasks, their ten events, and the riders that cause most of them.

May not know HTTP. Non-obvious choice: the status endpoint answers the *last* event, an update included (K:234, 246), because
that is what "updated status" says, although a client then cannot see how far the rider is.
"""

import json
from dataclasses import dataclass, field

from .ground import Ground
from .mail import Delivery
from .moves import TASK, rules, target_of
from .record import Thing
from .words import Cause, Json, JsonObject, RefusedError

CUT_OFF = 10.0
"""Real seconds that a partner has for its answer; not documented for this API."""

EVENTS = {
    20: "TASK_CREATED",
    21: "TASK_UPDATED",
    22: "TASK_UNASSIGN",
    23: "TASK_ASSIGNED",
    24: "TASK_ACCEPTED",
    25: "TASK_ARRIVED",
    26: "TASK_STARTED",
    27: "TASK_FINISHED",
    28: "TASK_CANCELLED",
    29: "TASK_REASSIGNED",
}
"""K:247-258. The numbers are not in the order of a task's life."""

RESPELT = {22: "TASK_UNASSIGNED", 28: "TASK_CANCELED"}
"""As the other names are formed, and as others write them."""

DISAGREES = 20
"""The event whose name goes with every eventId, where both disagree."""

OWN = ("TASK_CREATED", "TASK_UPDATED")
"""What the partner does himself."""

WALK = (23, 24, 25, 26, 27)
"""What a rider does when all goes well."""

PASSED = {"created": 22, "unassigned": 22, "assigned": 23, "accepted": 24, "arrived": 25, "started": 26}
"""The last event of `WALK` that lies behind a task in each state; those at their end are absent."""

FIXED = frozenset({"taskId", "mappingKey", "mappingCode", "mappingBranchId"})
"""What an update names the task by, or does not list (K:209-227): it cannot change them."""

RIDER: JsonObject = {"name": "Test Rider", "contact": "+923213456789"}
"""The document's own (K:246)."""


@dataclass(slots=True)
class Task:
    """A delivery task. `event` is the last one that happened, `life` the last that was no update; nobody is an agent `None`."""

    id: str
    form: JsonObject
    state: str = "created"
    event: int = 20
    life: int = 20
    agent: JsonObject | None = None
    reason: str = ""

    @property
    def key(self) -> str:
        """The partner's mappingKey (K:175)."""
        return str(self.form["mappingKey"])

    def short(self) -> JsonObject:
        """The answer to a creation or an update (K:202, 234)."""
        return {"eventId": self.event, "event": EVENTS[self.event], "data": {"taskId": self.id, "type": self.form["type"]}}

    def view(self) -> JsonObject:
        """The answer to a status request, and the body of a webhook (K:246, 262)."""
        data: dict[str, Json] = {
            "taskId": self.id,
            "type": self.form["type"],
            "reason": self.reason,
            "agent": self.agent,
            "trackingLink": f"https://delivery-stg.blinkco.io/tracking/{self.id}",
        }
        return {"eventId": self.event, "event": EVENTS[self.event], "data": data}


@dataclass(slots=True)
class Logistics:
    """Everything that the pretend Blink Logistics knows. The URL is configured in its portal (K:260)."""

    ground: Ground
    tasks: dict[str, Task] = field(default_factory=dict)
    url: str = ""

    def task(self, name: str) -> Task:
        """A task by its id or its mappingKey; of several with one key the newest.

        Raises:
            RefusedError: 404 when there is none.
        """
        found = [task for task in self.tasks.values() if name in (task.id, task.key)]
        if not found:
            raise RefusedError(404, "taskNotFound", message=f"There is no task {name}.")
        return found[-1]

    def create(self, form: JsonObject, *, cause: Cause) -> Task:
        """Create a task (K:169-202).

        Raises:
            RefusedError: 409 for a known mappingKey, unless `Settings.duplicate_task` says otherwise.
        """
        known = [task for task in self.tasks.values() if task.key == form["mappingKey"]]
        if known and self.ground.settings.duplicate_task == "repeat":
            return known[0]
        if known and self.ground.settings.duplicate_task == "conflict":
            raise RefusedError(409, "mappingKeyExists", message="A task with this mappingKey exists.", fields=("mappingKey",))
        task = Task(f"XYZAB-{12345 + self.ground.ids.count('task')}", form)
        self.tasks[task.id] = task
        self._record(task, "-", cause=cause)
        self._post(task)
        return task

    def update(self, task: Task, form: JsonObject, *, cause: Cause) -> None:
        """Change a task's fields (K:203-234).

        Raises:
            RefusedError: 400 for another type, 409 at the end of its life.
        """
        if form["type"] != task.form["type"] and self.ground.settings.task_type == "fixed":
            raise RefusedError(400, "typeInvalid", message="The type of a task cannot change.", fields=("type",))
        target_of(TASK, "21", state=task.state)
        task.form = task.form | {name: value for name, value in form.items() if name not in FIXED}
        task.event = 21
        self._record(task, task.state, cause=cause)
        self._post(task)

    def happen(self, task: Task, event: int, *, cause: Cause, agent: JsonObject | None = None, reason: str = "") -> None:
        """A rider or a dispatcher does one thing, and the partner is told (K:247-262).

        Args:
            task: The task.
            event: 22 to 29; 20 and 21 are the partner's own.
            cause: Who.
            agent: The rider from 23 or 29 on; the document's if none is given.
            reason: Free text (K:246).

        Raises:
            RefusedError: 409 when it is not possible now.
        """
        before, task.state = task.state, target_of(rules("task", self.ground.settings.lenient), str(event), state=task.state)
        task.event = task.life = event
        task.reason = reason
        if EVENTS[event] == "TASK_UNASSIGN":
            task.agent = None
        else:
            task.agent = agent or task.agent or (None if EVENTS[event] == "TASK_CANCELLED" else dict(RIDER))
        self._record(task, before, cause=cause)
        self._post(task)

    def status(self, task: Task) -> JsonObject:
        """The answer to a status request."""
        return self._told(task, task.life if self.ground.settings.status_answer == "lifecycle" else task.event)

    def _told(self, task: Task, event: int) -> JsonObject:
        """A task's state as the settings want it written."""
        settings, told = self.ground.settings, task.view()
        name = {"respelt": RESPELT.get(event, EVENTS[event]), "disagree": EVENTS[DISAGREES]}.get(
            settings.event_naming, EVENTS[event]
        )
        told |= {"eventId": event, "event": name}
        if settings.event_naming == "name_only":
            del told["eventId"]
        if settings.empty_reason == "null" and not task.reason and isinstance(data := told["data"], dict):
            data["reason"] = None
        return told

    def _post(self, task: Task) -> None:
        settings = self.ground.settings
        if not self.url or (settings.task_webhooks == "riders" and EVENTS[task.event] in OWN):
            return
        told = self._told(task, task.event)
        if settings.task_webhook == "keys" and isinstance(data := told["data"], dict):
            data |= {"mappingKey": task.key, "mappingCode": task.form.get("mappingCode")}
        headers = {"content-type": "application/json"}
        name = f"logistics.{EVENTS[task.event]}"
        self.ground.mail.post(Delivery(name, self.url, json.dumps(told).encode(), headers, CUT_OFF))

    def walk(self, task: Task, until: int, *, cause: Cause) -> list[int]:
        """A rider goes from where the task is to an event of `WALK`.

        Returns:
            The events that happened, in order; none when it has passed that event.

        Raises:
            RefusedError: 409 when the task has ended.
        """
        if task.state not in PASSED:
            raise RefusedError(409, "stateInvalid", message=f"The task is {task.state}.")
        events = [event for event in WALK if PASSED[task.state] < event <= until]
        for event in events:
            self.happen(task, event, cause=cause)
        return events

    def _record(self, task: Task, before: str, *, cause: Cause) -> None:
        at = self.ground.clock.now()
        self.ground.record.add(Thing(task.id, task.key), cause, at=at, before=before, after=task.state)
