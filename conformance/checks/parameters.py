"""Wrong requests: what is missing or has the wrong form is answered 400, an unknown id 404, a wrong key 401; and none leaves a trace.

May not try what the document leaves open. Non-obvious choice: each wrong request is made of a right one by one change, so that nothing
else can be what it is refused for.
"""

from collections.abc import Iterator
from typing import Any

from ...adapters.operation import Request
from ..bench import rent_in
from ..judge import SERVER_ERROR, Fault
from .limits import FILLED
from .lockers import CREATE
from .scene import REFUSED, Scene, UnreachedError

NOBODY = "ffffffffffffffffffffffff"
BAD = (400, 422)
MISSING = (404, 400)


def _wrong(scene: Scene) -> Iterator[tuple[str, dict[str, str], dict[str, Any]]]:
    """What is wrong, the query, and the body of creations that must be refused."""
    now = scene.bench.now
    later = now.replace(year=now.year + 1).isoformat().replace("+00:00", "Z")
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


OF_A_RENT = ("bloqit.rents.get", "bloqit.rents.history", "bloqit.rents.open_locker", "bloqit.rents.cancel", "bloqit.rents.collect",
             "bloqit.rents.finish", "bloqit.rent_sims.close", "bloqit.rent_sims.keypad")  # fmt: skip


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
