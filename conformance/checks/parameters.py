"""Wrong requests: what is missing or malformed is answered 400, an unknown id 404, a wrong key 401; and none leaves a trace.

May not try what the document leaves open. Non-obvious choice: each wrong request is made of a right one by one change, so that
nothing else can be what it is refused for.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from ...adapters.operation import Request
from ..bench import NO_ROUTE, rent_in
from ..judge import SERVER_ERROR, Fault, trace_fault
from .limits import FILLED
from .lockers import CREATE
from .scene import REFUSED, YEAR, Scene, UnreachedError

NOBODY = "ffffffffffffffffffffffff"
BAD = (400, 422)
MISSING = (404, 400)


def _wrong(scene: Scene) -> Iterator[tuple[str, dict[str, str], dict[str, Any]]]:
    """What is wrong, the query, and the body of creations that must be refused."""
    now = scene.bench.now
    later = (now + YEAR).isoformat().replace("+00:00", "Z")
    if scene.kind == "store":
        yield "no lockerID", {}, {}
    elif scene.kind == "send":
        yield "no lockerID", {}, {"phoneNumber": "+351910000001"}
        yield "no phoneNumber", {"lockerID": "LOCKER"}, {}
    elif scene.kind == "delivery":
        yield "pickUpCode and pickUpCodes", {}, {"expiryDate": later, "pickUpCode": "1234", "pickUpCodes": {"user": "1234"}}
        yield "a pickUpCode of 15 characters", {}, {"expiryDate": later, "pickUpCode": "1" * 15}
        yield "neither a bloq nor a date", {}, {}
        yield "labelContent without labelTemplateID", {}, {"expiryDate": later, "labelContent": {"a": "b"}}
        yield "labelTemplateID without labelContent", {}, {"expiryDate": later, "labelTemplateID": "5d5a6e83d1682b7194fc5f00"}
        yield "an expiryDate that is none", {}, {"expiryDate": "tomorrow"}
    else:
        yield "an expiryDate that is none", {}, {"expiryDate": "tomorrow"}


def creations(scene: Scene) -> Iterator[Fault]:
    """A creation that lacks something, or has two of what excludes each other (B:2349-2353, 2401, 2425, 2453, 2470)."""
    bloq, leased = scene.bench.lease(scene.kind, 1)
    if not leased:
        raise UnreachedError("no free locker is left")
    scene.bench.give_back(bloq, leased)
    method, path = scene.bench.route(CREATE[scene.kind])
    for number, (what, query, body) in enumerate(_wrong(scene)):
        filled = {name: leased[0] if value == "LOCKER" else value for name, value in query.items()}
        name = f"{scene.runner.prefix}-wrong-{scene.kind}-{number}-{scene.bench.sent}"
        sent = {**body, "externalID": name} if scene.kind in ("delivery", "return") else body
        reply = scene.ask_raw(method, path, sent, query=filled)
        if reply.status not in BAD:
            yield Fault("parameters", f"400 for {what}", str(reply.status))
        if (rent := rent_in(reply)) is not None:
            for operation in ("bloqit.rent_sims.close", "bloqit.rents.cancel", "bloqit.rents.finish"):
                scene.ask(operation, rentID=rent.id)
        elif "externalID" in sent and scene.ask("bloqit.rents.get_by_external_id", externalID=name).status < REFUSED:
            yield Fault("trace", f"no rent after a creation with {what}", "one")
    if scene.kind == "delivery":
        tested = scene.at("announce", sends={"pickUpCodes": None, "pickUpCode": "1" * 14})
        del tested


def malformed(scene: Scene) -> Iterator[Fault]:
    """A body that is not JSON, or not an object, a date that is none: 400, and the rent stays as it is (B:50)."""
    tested = scene.at(FILLED[scene.kind] if scene.has(*FILLED[scene.kind].split()) else FILLED[scene.kind].split()[0], lockers=1)
    before = scene.read(tested)
    cases: list[tuple[str, str, object]] = [
        ("bloqit.rents.update", "a body that is not JSON", b"{"),
        ("bloqit.rents.update", "a body that is a list", []),
        ("bloqit.rents.update", "an expiryDate that is none", {"expiryDate": "tomorrow"}),
        (
            "bloqit.rents.update",
            "codes beside an expiryDate that is none",
            {"pickUpCodes": {"user": "1"}, "expiryDate": "tomorrow"},
        ),
        ("bloqit.rents.extend", "an expiryDate that is none", {"expiryDate": "soon"}),
        ("bloqit.rents.extend", "an expiryDate that is a list", {"expiryDate": []}),
    ]
    for operation, what, body in cases:
        method, path = scene.bench.route(operation)
        reply = scene.ask_raw(method, path.replace("{rentID}", tested.rent), body)
        if reply.status >= SERVER_ERROR:
            yield Fault("server-error", f"400 for {what} ({operation})", str(reply.status))
        elif reply.status not in (*BAD, 404, 405):
            yield Fault("parameters", f"400 for {what} ({operation})", str(reply.status))
    after = scene.read(tested)
    if before != after:
        yield Fault("trace", "the rent as it was before requests that were refused", "another one")


def queries(scene: Scene) -> Iterator[Fault]:
    """A page that is no number, and a date that is none, are answered 400 (B:50)."""
    _, path = scene.bench.route("bloqit.rents.list")
    wrong = [{"page": "one"}, {"limit": "many"}, {"startDate": "tomorrow"}, {"rentType": "loan"}, {"rentStates": "lost"}]
    strict = [{"page": "0"}, {"startDate": "2026"}, {"page": "-1"}] if scene.runner.readings.strict else []
    for query in (*wrong, *strict):
        status = scene.ask_raw("GET", path, query=query).status
        if status in NO_ROUTE:
            raise UnreachedError(f"there is no list of rents ({status})")
        if status >= SERVER_ERROR:
            yield Fault("server-error", f"400 for {query}", str(status))
        elif status not in BAD:
            yield Fault("parameters", f"400 for {query}", str(status))


def choices(scene: Scene) -> Iterator[Fault]:
    """A choice that names neither a locker nor a type, or no bloq where the rent has none, is refused (B:2777, 3009)."""
    operation = "bloqit.deliveries.select_locker" if scene.kind == "delivery" else "bloqit.returns.reserve_locker"
    tested = scene.at("announce", lockers=1)
    method, path = scene.bench.route(operation)
    path = path.replace("{rentID}", tested.rent)
    for what, query in (("no bloq", {"lockerID": tested.lockers[0]}), ("neither a locker nor a type", {"bloqID": tested.bloq}),
                        ("a locker that does not exist", {"bloqID": tested.bloq, "lockerID": NOBODY})):  # fmt: skip
        status = scene.ask_raw(method, path, query=query).status
        if status not in (*BAD, 404, 409):
            yield Fault("parameters", f"400 for a choice with {what}", str(status))
            return
    if scene.kind == "delivery":
        method, path = scene.bench.route("bloqit.deliveries.make")
        status = scene.ask_raw(method, path.replace("{rentID}", tested.rent)).status
        if status not in (400, 409):
            yield Fault("refusal-status", "400 or 409 for making a delivery that has no locker (B:2566)", str(status))


def past(scene: Scene) -> Iterator[Fault]:
    """A rent is not extended into the past (inferred: an extension has a later date)."""
    if not scene.runner.readings.strict:
        raise UnreachedError("asked of a strict server only")
    tested = scene.at(FILLED[scene.kind], lockers=1)
    before = scene.read(tested)
    for instant in (scene.bench.heard - timedelta(days=1), *([scene.bench.heard] if scene.bench.stands else [])):
        reply = scene.ask("bloqit.rents.extend", rentID=tested.rent, expiryDate=instant)
        if reply.status < REFUSED:
            yield Fault("refused", f"refused: an extension to {instant.isoformat()}, which is not ahead", str(reply.status))
            return
    if fault := trace_fault(before, scene.read(tested)):
        yield fault


def half_refused(scene: Scene) -> Iterator[Fault]:
    """An update that is refused for one of its fields has changed none of them (B:50)."""
    tested = scene.at("reserve")
    before = scene.read(tested)
    gone = scene.bench.heard - timedelta(days=700)
    reply = scene.ask("bloqit.rents.update", rentID=tested.rent, pickUpCodes={"user": "1"}, expiryDate=gone)
    if reply.status < REFUSED:
        raise UnreachedError("an expiryDate in the past is taken here")
    if fault := trace_fault(before, scene.read(tested)):
        yield fault


FOREIGN = {
    "bloqit.stores.end": ("store",),
    "bloqit.deliveries.make": ("delivery",),
    "bloqit.deliveries.notify": ("delivery",),
    "bloqit.deliveries.ready_for_pickup": ("delivery",),
    "bloqit.deliveries.in_transit": ("delivery",),
    "bloqit.returns.finish": ("return",),
}


def foreign(scene: Scene) -> Iterator[Fault]:
    """What is for rents of another type is refused, whatever the state, and leaves no trace."""
    filled = FILLED[scene.kind]
    for words in (filled.split()[0], filled):
        tested = scene.at(words, lockers=1)
        before = scene.read(tested)
        for operation, kinds in FOREIGN.items():
            if scene.kind in kinds:
                continue
            sends: dict[str, Any] = {"rentID": tested.rent, **({"openLocker": False} if operation == "bloqit.stores.end" else {})}
            status = scene.ask(operation, **sends).status
            if status < REFUSED or status >= SERVER_ERROR:
                yield Fault("foreign", f"4xx for {operation} of a {scene.kind}", str(status))
            if fault := trace_fault(before, scene.read(tested)):
                yield fault
                return


OF_A_RENT = (
    "bloqit.rents.get",
    "bloqit.rents.history",
    "bloqit.rents.open_locker",
    "bloqit.rents.cancel",
    "bloqit.rents.collect",
    "bloqit.rents.finish",
    "bloqit.rent_sims.close",
    "bloqit.rent_sims.keypad",
)


def unknown(scene: Scene) -> Iterator[Fault]:
    """An id that nothing has is answered 404 (B:53)."""
    for operation in OF_A_RENT:
        status = scene.ask(operation, rentID=NOBODY).status
        if status not in MISSING:
            yield Fault("unknown-id", f"404 for a rent that does not exist ({operation})", str(status))
    status = scene.ask("bloqit.bloqs.get", bloqID=NOBODY).status
    if status not in MISSING:
        yield Fault("unknown-id", "404 for a bloq that does not exist", str(status))


def keys(scene: Scene) -> Iterator[Fault]:
    """A request with a wrong key, or without one, is answered 401 and does nothing (B:51)."""
    other = getattr(scene.bench.driver, "with_key", None)
    if other is None:
        raise UnreachedError("the driver cannot send another key")
    for key in ("", "a-wrong-key"):
        reply = other(key, Request(method="GET", path="/bloqs"))
        status = getattr(reply, "status", 0)
        if status not in (401, 403):
            yield Fault("key", f"401 for {'a wrong key' if key else 'no key'}", str(status))
