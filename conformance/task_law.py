"""Blink Logistics' tasks under test, of both types: their law, their requests, and what is read of them.

May not hold a named check (`task_checks` does). Non-obvious choice: what riders do has no endpoint, so each of their events is a
hook's, and is judged as a request is. Rows that merely make up for a lost webhook allow a server nothing, unless it is lenient: a
rider who finishes what he never started is as wrong as an update of what is over.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import cast

from pydantic import ValidationError

from ..adapters.logistics.operations import CREATE, OPERATIONS, STATUS, UPDATE
from ..adapters.logistics.translate import task_event
from ..adapters.logistics.wire import TaskNews
from ..adapters.operation import Reply, Request
from ..adapters.sender import Exchange
from ..adapters.tolerant import load
from ..machines import ABSENT, BadBodyError
from ..machines.row import Row
from ..machines.vendor import TASK_EVENT
from .bench import NO_ROUTE, Bench
from .judge import Fault
from .readings import Reading, Readings
from .stories import Story
from .subjects import REFUSED, Move, Place, Thing

TYPES: Mapping[str, int] = MappingProxyType({"task": 1, "task-return": 2})
RIDERS: Mapping[str, int] = MappingProxyType(
    {"assign": 23, "accept": 24, "arrive": 25, "start": 26, "finish": 27, "unassign": 22, "reassign": 29, "cancel": 28}
)
"""Inputs by hook, and their events."""

OURS = ("create", "create_again", "update", "update_type")
UPDATED = TASK_EVENT.read(21)
OURSIDE = ("-19", "-20")
"""Ends of the rows by which a receiver bears with what it is told; no server does anything by them."""

CONTESTED: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        **{
            (state, "task_finished"): "finish_unstarted_task"
            for state in ("created", "unassigned", "assigned", "accepted", "arrived")
        },
        **{(state, "task_reassigned"): "reassign_unassigned_task" for state in ("created", "unassigned")},
        **{(state, "task_accepted"): "accept_unassigned_task" for state in ("created", "unassigned")},
        **{(state, "task_started"): "start_unarrived_task" for state in ("accepted", "assigned")},
        ("started", "task_unassign"): "unassign_started_task",
        ("started", "task_reassigned"): "reassign_started_task",
    }
)
"""By (state, trigger), what decides: rows of low confidence, and those that are inferred from webhooks that were lost."""

STRICTLY = ("start_unarrived_task", "reassign_started_task")
"""What a strict server allows: arrival is a tap that a rider may forget (K:254), and disruptions happen on the way (K:258)."""

SAMPLE: Mapping[str, object] = MappingProxyType(
    {
        "mappingCode": "conform", "mappingBranchId": "12345", "paymentType": "COD", "customerName": "Test Customer",
        "customerAddress": "Tariq Road, PECHS Block 2", "customerPhone": "923001234567", "lat": "24.871641", "lng": "67.059906",
        "pickUpTime": "2036-06-06T03:29:15.000Z", "deliveryTime": "2036-06-06T04:29:15.000Z",
    }
)  # fmt: skip
"""The document's own (K:196)."""

TURNS = "the type of a task may change here"
"""What a lenient run leaves to a server: an update names a type (K:227)."""

MANY = "a mapping key may have several tasks here"
"""What a lenient run leaves to a server: nothing says that keys are unique (E2)."""

WAY = "create assign accept arrive start"

STORIES = tuple(
    Story(title, lines, tuple(word.split()))
    for title, lines, word in (
        ("a driver is found, fetches and delivers", "K:247-256", f"{WAY} finish"),
        (
            "a driver drops out, and another one delivers",
            "K:251-258",
            "create assign accept unassign assign accept arrive start finish",
        ),
        ("a task is handed over", "K:258", "create assign accept reassign accept arrive start finish"),
        ("a task is changed while somebody has it", "K:203-234, 250", "create assign update accept arrive start update finish"),
        ("a task is cancelled before completion", "K:257", f"{WAY} cancel update"),
    )
)


@cache
def arms_of(kind: str) -> Mapping[tuple[str, str], Row]:
    """The rows of a type of task by which something happens to it, by (state, trigger)."""
    table = Readings().table(kind)
    return {
        (arm.source, arm.row.trigger): arm.row
        for (_, name), arms in table.arms.items()
        for arm in arms
        if name == arm.row.trigger and not arm.row.id.endswith(OURSIDE)
    }


def law_of(kind: str) -> Callable[[Readings, Place, str], Move | None]:
    """The rule of one type of task."""

    def rule(readings: Readings, place: Place, name: str) -> Move | None:
        if (name == "create") != (place.state == ABSENT):
            return None
        if name == "create_again":
            return Move(accepted=None, target=place)
        if name == "update_type":
            return Move(accepted=False, target=place)
        trigger = {"create": "task_created", "update": UPDATED}.get(name) or TASK_EVENT.read(RIDERS[name])
        return _moved(readings, place, trigger, kind)

    return rule


def _moved(readings: Readings, place: Place, trigger: str, kind: str) -> Move:
    row = arms_of(kind).get((place.state, trigger))
    if row is None:
        # The same event again changes nothing whichever way it is answered.
        return Move(None if trigger == place.mark else False, place)
    reading = Reading(CONTESTED[place.state, trigger], kind, place.state) if (place.state, trigger) in CONTESTED else None
    holds = True if reading is None else readings.of(reading)
    if holds is None:
        return Move(accepted=None, target=place, open=reading)
    if trigger == place.mark:
        return Move(accepted=None, target=place)
    if not holds:
        return Move(accepted=False, target=place)
    if trigger == UPDATED:
        return Move(accepted=True, target=Place(place.state, place.mark, updated=True), rows=(row,))
    return Move(accepted=True, target=Place(row.target or place.state, trigger), rows=(row,))


def body_of(thing: Thing, kind: str, **changes: object) -> dict[str, object]:
    """The body of a creation; None leaves a parameter out."""
    whole = {"mappingKey": thing.name, **SAMPLE, "mappingCode": thing.name, "type": TYPES[kind], **changes}
    return {name: value for name, value in whole.items() if value is not None}


def asking(operation: str, body: Mapping[str, object] | None = None, /, **query: str) -> Request:
    """A request of an operation as it is, however wrong its body."""
    one = OPERATIONS[operation]
    raw = None if body is None else json.dumps(body).encode()
    return Request(method=one.method, path=one.path, query=tuple(query.items()), body=raw)


def news_in(exchange: Exchange) -> TaskNews | None:
    """What an answer says of a task, None where it says nothing."""
    if not isinstance(exchange, Reply) or exchange.status >= REFUSED:
        return None
    try:
        return TaskNews.model_validate(load(exchange.body))
    except (ValidationError, BadBodyError):
        return None


class Tasks:
    """Blink Logistics, as a `System`.

    Args:
        bench: The server.
        kind: `task` or `task-return`.

    Attributes:
        verb: How a status is asked for here, empty while GET has not been turned away (E4).
    """

    def __init__(self, bench: Bench, kind: str) -> None:
        self.bench, self.kind = bench, kind
        self.verb = ""

    def request(self, thing: Thing, name: str) -> Request:
        """The request of an input."""
        mine = TYPES[self.kind]
        if name in ("create", "create_again"):
            return asking(CREATE, body_of(thing, self.kind))
        if name == "update":
            return asking(UPDATE, {"taskId": thing.id, "type": mine, "instruction": f"change {len(thing.done)}"})
        if name == "update_type":
            return asking(UPDATE, {"taskId": thing.id, "type": 3 - mine})
        (request,) = self.bench.hooks.requests("task_event", task=thing.id, event=RIDERS[name])
        return request

    def accepted(self, exchange: Exchange) -> bool:
        """Whether it is."""
        return isinstance(exchange, Reply) and exchange.status < REFUSED

    def status(self, key: str, *, word: str = "") -> Reply:
        """The status of a task by its mapping key, by GET or by PUT (E4)."""
        request = asking(STATUS, mappingKey=key)
        exchange = self.bench.send(by(request, self.verb or request.method), operation=STATUS, word=word)
        if not self.verb and isinstance(exchange, Reply) and exchange.status in NO_ROUTE:
            other = self.bench.send(by(request, "PUT"), operation=STATUS, word=word)
            if self.accepted(other):
                self.verb, exchange = "PUT", other
        return cast("Reply", exchange)

    def marks(self, thing: Thing) -> str:
        """The event that its status tells, unless it is an update."""
        news = news_in(self.status(thing.name, word=thing.name))
        event = "" if news is None else task_event(news)
        return "" if event == UPDATED else event

    def after(self, thing: Thing, name: str, move: Move, exchange: Exchange, *, fresh: bool) -> Iterator[Fault]:
        """What is wrong with an answer, and with the status."""
        told = news_in(exchange) if name in OURS and self.accepted(exchange) else None
        if name == "create" and told is not None:
            thing.id = told.data.task_id or ""
        yield from self._answered(thing, name, told, accepted=self.accepted(exchange))
        if fresh:
            yield from self._read(thing, kept=move.accepted is False)
        else:
            thing.seen = ""

    def _answered(self, thing: Thing, name: str, told: TaskNews | None, *, accepted: bool) -> Iterator[Fault]:
        if name not in OURS or not accepted:
            return
        if told is None or not told.data.task_id:
            yield Fault("unreadable", "the task's id (K:202, 234)", "an answer without it")
        elif told.data.task_id != thing.id:
            yield Fault("one-task", f"the task {thing.id}, or a refusal", f"the task {told.data.task_id}")
        elif name != "create_again" and task_event(told) != (wanted := UPDATED if name == "update" else "task_created"):
            yield Fault("answer", f"{wanted} (K:202, 234)", task_event(told))
        elif told.data.type not in (None, TYPES[self.kind]):
            yield Fault("type", str(TYPES[self.kind]), str(told.data.type))

    def _read(self, thing: Thing, *, kept: bool) -> Iterator[Fault]:
        exchange, before = self.status(thing.name, word=thing.name), thing.seen
        news = news_in(exchange)
        if news is None:
            yield Fault("unreadable", f"the status of a task that is {thing.place}", str(exchange.status))
            return
        thing.seen = news.model_dump_json()
        wanted = {thing.place.mark, UPDATED} if thing.place.updated else {thing.place.mark}
        if (event := task_event(news)) not in wanted:
            yield Fault("state", " or ".join(sorted(wanted)), event)
        elif news.data.type not in (None, TYPES[self.kind]):
            yield Fault("type", str(TYPES[self.kind]), str(news.data.type))
        elif thing.id != news.data.task_id:
            yield Fault("one-task", f"the task {thing.id}", f"the task {news.data.task_id}")
        elif kept and before and before != thing.seen:
            yield Fault("trace", f"unchanged: {before}", thing.seen)
        else:
            yield from _driver(thing, bool(news.data.agent.name))


def by(request: Request, method: str) -> Request:
    """The same by another verb."""
    return Request(method=method, path=request.path, query=request.query, body=request.body)


def _driver(thing: Thing, shown: bool) -> Iterator[Fault]:  # noqa: FBT001 - whether it is shown is all there is
    if thing.place.state in ("created", "unassigned") and shown:
        yield Fault("agent", "no driver", "a driver")
    if thing.place.state in ("accepted", "arrived", "started") and thing.driven and not shown:
        yield Fault("agent", "the driver who has it", "no driver")
    thing.driven = shown
