"""Named checks of tasks: bodies, keys, ids, two at once, and what is posted.

May not judge what words judge. Non-obvious choice: a refused creation is looked up afterwards. A server that says 400 and sends a
courier all the same is worse than one that says nothing.
"""

import json
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from ..adapters.logistics.operations import CREATE, STATUS, UPDATE
from ..adapters.logistics.translate import task_event
from ..adapters.logistics.wire import TaskNews
from ..adapters.operation import Reply, Request
from ..adapters.sender import Exchange
from ..machines.vendor import TASK_EVENT
from .judge import Fault
from .mailbox import Letter, Mailbox
from .subjects import Runs, Thing
from .task_law import MANY, RIDERS, SAMPLE, TYPES, Tasks, asking, body_of, by, news_in
from .tried import Inspection, UnreachedError

BAD = frozenset({400, 422})
"""How a wrong body is answered (the document shows no error; these two are what its words for errors mean elsewhere)."""

UNKNOWN, UNAUTHORISED, REFUSED = 404, 401, 400
TOLD = ("assign", "accept", "reassign", "accept", "arrive", "unassign", "assign", "start", "cancel")
FINISHED = ("assign", "accept", "arrive", "start", "finish")

WRONG: tuple[tuple[str, object], ...] = (
    *((name, None) for name in (*SAMPLE, "mappingKey", "type")),
    *((name, "") for name in ("mappingKey", "customerName", "customerAddress", "mappingBranchId")),
    ("lat", "91"), ("lat", "-90.5"), ("lat", "north"), ("lng", "181"), ("lng", "-180.5"), ("lng", "east"),
    ("type", 0), ("type", 3), ("paymentType", "CHEQUE"), ("pickUpTime", "soon"), ("deliveryTime", "later"),
    ("deliveryTime", "2036-06-06T02:29:15.000Z"),
)  # fmt: skip
"""Changes that make a body wrong (K:173-195); the last one is delivered before it is picked up (E13)."""

RIGHT: tuple[tuple[str, object], ...] = (
    ("lat", "90"), ("lat", "-90"), ("lng", "180"), ("lng", "-180"), ("paymentType", "ONLINE"),
    ("customerEmail", "user@blinkco.io"),
)  # fmt: skip


def _status(exchange: Exchange) -> int:
    return exchange.status if isinstance(exchange, Reply) else 0


def _send(runs: Runs, thing: Thing, request: Request) -> Exchange:
    return runs.bench.send(request, operation="check", word=thing.name)


def _made(runs: Runs, thing: Thing) -> None:
    """Create it; whatever is wrong with that is a word's finding."""
    if not thing.id:
        list(runs.did(thing, "create", []))
    if not thing.id:
        raise UnreachedError("no task could be created")


def _tasks(runs: Runs) -> Tasks:
    assert isinstance(runs.system, Tasks)  # noqa: S101 - these are checks of tasks
    return runs.system


def _asked(runs: Runs, **query: str) -> Request:
    request = asking(STATUS, None, **query)
    return by(request, _tasks(runs).verb or request.method)


def bodies(runs: Runs, thing: Thing) -> Iterator[Fault]:
    """A wrong body creates nothing."""
    kind = runs.oracle.kind
    for number, (name, value) in enumerate(WRONG):
        key = f"{thing.name}-{number}"
        # A key of its own for each: one that a server wrongly took would refuse the next.
        body = body_of(Thing(key), kind, **{name: value})
        status = _status(_send(runs, thing, asking(CREATE, body)))
        if status not in BAD:
            yield Fault("parameters", f"400 or 422 to a creation with {name} {_worded(value)}", str(status))
        elif "mappingKey" in body and body["mappingKey"] == key and _status(_tasks(runs).status(key, word=thing.name)) < REFUSED:
            yield Fault("trace", f"no task after a refusal ({name} {_worded(value)})", "a task")
    for number, (name, value) in enumerate(RIGHT):
        body = body_of(Thing(f"{thing.name}-right-{number}"), kind, **{name: value})
        if (status := _status(_send(runs, thing, asking(CREATE, body)))) >= REFUSED:
            yield Fault("accepted", f"a creation with {name} {value}", str(status))


def _worded(value: object) -> str:
    return "missing" if value is None else repr(value)


def changes(runs: Runs, thing: Thing) -> Iterator[Fault]:
    """A wrong update changes nothing."""
    _made(runs, thing)
    mine = {"taskId": thing.id, "type": TYPES[runs.oracle.kind]}
    before = _tasks(runs).status(thing.name, word=thing.name).body
    for name, value in (
        ("type", None), ("type", 3), ("lat", "91"), ("lng", "181"), ("pickUpTime", "soon"), ("paymentType", "CHEQUE"),
        ("deliveryTime", "2036-06-06T02:29:15.000Z"), ("pickUpTime", "2036-06-06T05:29:15.000Z"),
    ):  # fmt: skip
        body = {key: told for key, told in {**mine, name: value}.items() if told is not None}
        status = _status(_send(runs, thing, asking(UPDATE, body)))
        if status not in BAD:
            yield Fault("parameters", f"400 or 422 to an update with {name} {_worded(value)}", str(status))
    if _tasks(runs).status(thing.name, word=thing.name).body != before:
        yield Fault("trace", "the status as before the refused updates", "another one")


def every_change(runs: Runs, thing: Thing) -> Iterator[Fault]:
    """Every field that an update may have is taken (K:209-227)."""
    _made(runs, thing)
    for name in sorted(SAMPLE.keys() - {"mappingCode", "mappingBranchId"}):
        body = {"taskId": thing.id, "type": TYPES[runs.oracle.kind], name: SAMPLE[name]}
        if (status := _status(_send(runs, thing, asking(UPDATE, body)))) >= REFUSED:
            yield Fault("accepted", f"an update of {name}", str(status))


def unknown(runs: Runs, thing: Thing) -> Iterator[Fault]:
    """What nobody has created is not there."""
    _made(runs, thing)  # whereby it is known by which verb a status is asked for
    key = f"{thing.name}-nobody"
    mine = TYPES[runs.oracle.kind]
    for request in (_asked(runs, mappingKey=key), asking(UPDATE, {"taskId": key, "type": mine})):
        if (status := _status(_send(runs, thing, request))) != UNKNOWN:
            yield Fault("unknown-id", f"404 to {request.method} {request.path} of a task that nobody has created", str(status))
    for request in (_asked(runs), asking(UPDATE, {"type": mine})):
        if not REFUSED <= (status := _status(_send(runs, thing, request))) < 500:  # noqa: PLR2004 - an error of ours, not the server's
            yield Fault("parameters", f"a refusal of {request.method} {request.path} without an id", str(status))


def keys(runs: Runs, thing: Thing) -> Iterator[Fault]:
    """Nobody gets in without the token (K:165, 171)."""
    _made(runs, thing)
    entered = getattr(runs.bench.driver, "with_key", None)
    if entered is None:
        raise UnreachedError("the driver cannot send another token")
    update = {"taskId": thing.id, "type": TYPES[runs.oracle.kind]}
    other = Thing(f"{thing.name}-key")
    for key in ("", "no-token-of-anybody"):
        for request in (
            asking(CREATE, body_of(other, runs.oracle.kind)),
            asking(UPDATE, update),
            _asked(runs, mappingKey=thing.name),
        ):
            if (status := _status(entered(key, request))) != UNAUTHORISED:
                yield Fault(
                    "key", f"401 to {request.method} {request.path} {'with another' if key else 'without a'} token", str(status)
                )


def two_at_once(runs: Runs, thing: Thing) -> Iterator[Fault]:
    """Two creations at once with one key are one task, or one and a refusal."""
    if "create_again" not in runs.oracle.inputs:
        raise UnreachedError(MANY)
    body = body_of(thing, runs.oracle.kind)
    made = runs.bench.together([asking(CREATE, body), asking(CREATE, body)], word=thing.name)
    ids = {news.data.task_id for exchange in made if (news := news_in(exchange)) is not None}
    if len(ids) > 1:
        yield Fault("race", "one task", f"{len(ids)} tasks: {', '.join(sorted(map(str, ids)))}")


def others(runs: Runs, thing: Thing) -> Iterator[Fault]:
    """What happens to one task happens to no other."""
    _made(runs, thing)
    second = runs.ready()
    _made(runs, second)
    for name in ("update", *(FINISHED if "assign" in runs.oracle.inputs else ())):
        list(runs.did(second, name, []))
    event = runs.system.marks(thing)
    if event != thing.place.mark:
        yield Fault("others", f"{thing.place.mark}, as before another task's life", event)


def told(runs: Runs, thing: Thing) -> Iterator[Fault]:
    """Each event of a rider is posted once, as it is (K:247-262)."""
    hooks = runs.bench.hooks
    if not (hooks.has("task_webhook") and hooks.has("task_event")) or not getattr(runs.bench.driver, "reaches_us", False):
        raise UnreachedError("no hook task_webhook or task_event, or the server cannot post to this machine's loopback")
    with Mailbox(lambda _: None) as mailbox:
        runs.bench.hook("task_webhook", url=mailbox.url("/tasks"), word=thing.name)
        try:
            for way in (TOLD, FINISHED):
                one = runs.ready()
                yield from _told(runs, one, mailbox, [name for name in way if name in runs.oracle.inputs])
        finally:
            runs.bench.hook("task_webhook", url="", word=thing.name)


def _told(runs: Runs, one: Thing, mailbox: Mailbox, way: list[str]) -> Iterator[Fault]:
    _made(runs, one)
    wanted: list[str] = []
    for name in way:
        move = runs.oracle.step(one.place, name)
        if move is not None and move.accepted:
            list(runs.did(one, name, []))
            wanted.append(TASK_EVENT.read(RIDERS[name]))
    if runs.bench.hooks.has("settle"):
        runs.bench.hook("settle", word=one.name)
    mailbox.quiet(runs.bench.driver.wait)
    posted = [news for letter in mailbox.at("/tasks") if (news := _news(letter)) is not None and news.data.task_id == one.id]
    seen = [event for news in posted if (event := task_event(news)) not in ("task_created", "task_updated")]
    # No order of arrival is promised over connections of their own.
    if sorted(seen) != sorted(wanted):
        yield Fault("webhook", f"each once: {', '.join(wanted)}", ", ".join(seen) or "nothing")
    if any(news.data.type not in (None, TYPES[runs.oracle.kind]) for news in posted):
        yield Fault("webhook", f"the type {TYPES[runs.oracle.kind]}", "another one")


def _news(letter: Letter) -> TaskNews | None:
    try:
        return TaskNews.model_validate(json.loads(letter.raw))
    except ValueError:
        return None


CHECKS: Mapping[str, Inspection] = MappingProxyType(
    {
        "wrong bodies": bodies,
        "wrong updates": changes,
        "updates of every field": every_change,
        "unknown tasks": unknown,
        "tokens": keys,
        "one key, two at once": two_at_once,
        "another task": others,
        "webhooks of riders": told,
    }
)
"""By title."""
