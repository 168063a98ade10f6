"""Lockers: one unfinished rent each, given away while they are free, and opened only for whoever has them.

May not open a door that nothing of ours has. Non-obvious choice: a second rent is tried in every state of the first, because
"cancelled" and "expired" are where a server forgets that a locker is still taken (B:1960).
"""

from collections.abc import Iterator
from typing import Any

from ..bench import docs_in, rent_in
from ..judge import Fault, trace_fault
from ..tested import Tested
from .limits import FILLED
from .scene import REFUSED, YEAR, Scene, UnreachedError

CREATE = {
    "store": "bloqit.stores.start",
    "send": "bloqit.sends.start",
    "delivery": "bloqit.deliveries.create",
    "return": "bloqit.returns.create",
}
CONFLICT = 409


def _creation(scene: Scene, bloq: str, locker: str) -> dict[str, Any]:
    sends: dict[str, Any] = {"lockerID": locker}
    if scene.kind == "send":
        sends["phoneNumber"] = "+351910000002"
    if scene.kind in ("delivery", "return"):
        later = scene.bench.now + YEAR
        sends |= {"bloqID": bloq, "expiryDate": later, "externalID": f"{scene.runner.prefix}-second-{scene.bench.sent}"}
    return sends


def one_rent(scene: Scene) -> Iterator[Fault]:
    """A second rent for a locker is refused while the first is unfinished, in every state (B:201, 2409)."""
    filled = FILLED[scene.kind]
    first = filled.split()[0]
    for words in (
        first,
        filled,
        f"{filled} open",
        f"{filled} collect",
        f"{filled} cancel",
        f"{filled} expire",
        f"{first} cancel",
    ):
        if scene.runner.oracle.mealy.run(tuple(words.split())) is None:
            continue
        tested = scene.at(words, lockers=1)
        reply = scene.ask(CREATE[scene.kind], **_creation(scene, tested.bloq, tested.holds))
        if (rent := rent_in(reply)) is not None:
            yield Fault("one-rent", f"409 for a second rent in the locker of one that is {tested.spot.state}", f"{reply.status}")
            _ended(scene, rent.id)
        elif reply.status != CONFLICT:
            yield Fault(
                "refusal-status", f"409 for a locker that is taken by a rent that is {tested.spot.state}", str(reply.status)
            )
        scene.leave()


def _ended(scene: Scene, rent: str) -> None:
    for operation in ("bloqit.rent_sims.close", "bloqit.rents.cancel", "bloqit.rents.finish"):
        scene.ask(operation, rentID=rent)


def taken(scene: Scene) -> Iterator[Fault]:
    """A rent cannot choose the locker of another, and both stay as they are (B:2782, 3023)."""
    owner = scene.at("reserve", lockers=1)
    asks = {"delivery": (("bloqit.deliveries.select_locker", "announce"), ("bloqit.deliveries.make", "reserve")),
            "return": (("bloqit.returns.reserve_locker", "announce"),)}[scene.kind]  # fmt: skip
    for operation, words in asks:
        other = scene.at(words, lockers=1)
        before, watched = scene.read(other), scene.read(owner)
        sends: dict[str, Any] = {"rentID": other.rent, "lockerID": owner.holds}
        if operation != "bloqit.deliveries.make":
            sends["bloqID"] = owner.bloq
        reply = scene.ask(operation, **sends)
        if reply.status < REFUSED:
            yield Fault("one-rent", f"409 for the locker of another rent ({operation})", str(reply.status))
            return
        for old, rent in ((before, other), (watched, owner)):
            if fault := trace_fault(old, scene.read(rent)):
                yield fault


def allocation_race(scene: Scene) -> Iterator[Fault]:
    """Of four creations for one locker at the same instant, one succeeds (B:201)."""
    bloq, leased = scene.bench.lease(scene.kind, 1)
    if not leased:
        raise UnreachedError("no free locker is left")
    yield from _raced(scene, bloq, leased[0])
    # Not where the network was in the way: nobody knows then whether a rent has it.
    scene.bench.give_back(bloq, leased)


def _raced(scene: Scene, bloq: str, locker: str) -> Iterator[Fault]:
    for _ in range(3):
        request = scene.bench.request(CREATE[scene.kind], _creation(scene, bloq, locker))
        replies = scene.bench.together([request] * 4, word=scene.word)
        rents = [rent for reply in replies if (rent := rent_in(reply)) is not None]
        if len(rents) != 1:
            yield Fault("one-rent", "one of four rents that are created at once for one locker", f"{len(rents)} of them")
        for rent in rents:
            _ended(scene, rent.id)
        if len(rents) != 1:
            return


def allocated_opens_not(scene: Scene) -> Iterator[Fault]:
    """Opening a locker is for lockers without a rent (B:454-456, 510)."""
    tested = scene.at(FILLED[scene.kind], lockers=1)
    reply = scene.ask("bloqit.lockers.open", bloqID=tested.bloq, lockerID=tested.holds)
    if reply.status < REFUSED:
        yield Fault("refused", "409 for opening a locker that is allocated", str(reply.status))
    elif reply.status not in (CONFLICT, 404, 405):
        yield Fault("refusal-status", "409 for opening a locker that is allocated", str(reply.status))
    bulk = scene.ask("bloqit.lockers.open_bulk", bloqID=tested.bloq, lockers=[tested.holds])
    if bulk.status < REFUSED:
        yield Fault("refused", "409 for opening several lockers of which one is allocated", str(bulk.status))
    if scene.locker(tested).is_open:
        yield Fault("door", "closed after openings that were refused", "open")
    if (state := scene.read(tested).state) != "in_progress":
        yield Fault("state", "in_progress after openings that were refused", str(state))


def open_or_collect(scene: Scene) -> Iterator[Fault]:
    """Open-or-collect collects where collecting is allowed, and is refused where it is not (B:656)."""
    tested = scene.at(FILLED[scene.kind], lockers=1)
    reply = scene.ask("bloqit.lockers.open_or_collect", bloqID=tested.bloq, lockerID=tested.holds)
    if reply.status in (404, 405):
        raise UnreachedError(f"no route ({reply.status})")
    state = scene.read(tested).state
    if reply.status >= REFUSED or state != "collect_item":
        yield Fault(
            "accepted", "collect_item after open-or-collect of a locker whose rent is in_progress", f"{reply.status}, {state}"
        )
        return
    again = scene.ask("bloqit.lockers.open_or_collect", bloqID=tested.bloq, lockerID=tested.holds)
    if again.status < REFUSED:
        yield Fault("refused", "409 for open-or-collect of a rent that is being collected", str(again.status))


def disabled(scene: Scene) -> Iterator[Fault]:
    """A disabled locker is not available for new rents, and is again when it is enabled (B:603)."""
    bloq, leased = scene.bench.lease(scene.kind, 1)
    if not leased:
        raise UnreachedError("no free locker is left")
    where: dict[str, Any] = {"bloqID": bloq, "lockerID": leased[0]}
    reply = scene.ask("bloqit.lockers.set_availability", **where, active=False)
    if reply.status >= REFUSED:
        scene.bench.give_back(bloq, leased)
        raise UnreachedError(f"lockers cannot be disabled here ({reply.status})")
    try:
        reply = scene.ask(CREATE[scene.kind], **_creation(scene, bloq, leased[0]))
        if (rent := rent_in(reply)) is not None:
            yield Fault("one-rent", "409 for a rent in a disabled locker", str(reply.status))
            _ended(scene, rent.id)
        free = {str(doc.get("_id")) for doc in docs_in(scene.ask("bloqit.bloqs.free_lockers", bloqID=bloq))}
        if leased[0] in free:
            yield Fault("free-lockers", "a disabled locker is not free", "it is")
    finally:
        scene.ask("bloqit.lockers.set_availability", **where, active=True)
    scene.bench.give_back(bloq, leased)  # as in `allocation_race`


def by_size(scene: Scene) -> Iterator[Fault]:
    """A locker that is chosen by its type has that type, is free, and is in the bloq that was asked for (B:2787, 3023)."""
    operation = "bloqit.deliveries.select_locker" if scene.kind == "delivery" else "bloqit.returns.reserve_locker"
    bloq = next(iter(scene.bench.free))
    free = {str(doc.get("_id")): str(doc.get("type")) for doc in docs_in(scene.ask("bloqit.bloqs.free_lockers", bloqID=bloq))}
    for wanted in sorted(set(free.values()) - {"None"}):
        tested = scene.at("announce", lockers=0)
        reply = scene.ask(operation, rentID=tested.rent, bloqID=bloq, lockerType=wanted)
        if reply.status >= REFUSED:
            yield Fault("accepted", f"2xx for a free locker of type {wanted}", str(reply.status))
            return
        chosen = scene.read(tested).locker.id or ""
        if free.get(chosen) != wanted:
            yield Fault(
                "locker", f"a free locker of type {wanted} in the bloq", f"{chosen or 'none'}, of type {free.get(chosen)}"
            )
            return
        scene.leave()


def spontaneous(scene: Scene) -> Iterator[Fault]:
    """A door that opens by itself changes no rent (B:3452)."""
    for words in (FILLED[scene.kind].split()[0], FILLED[scene.kind]):
        tested: Tested = scene.at(words, lockers=1)
        before = scene.read(tested)
        scene.bench.hook("spontaneous_open", word=tested.name, locker=tested.holds, bloq=tested.bloq, rent=tested.rent)
        after = scene.read(tested)
        if before.state != after.state:
            yield Fault("state", f"{before.state} after its door opened by itself", str(after.state))
        scene.leave()


def closed_as_a_locker(scene: Scene) -> Iterator[Fault]:
    """A door that is closed as its locker's closes for its rent, too (B:549, 3456)."""
    tested = scene.at("start" if scene.kind in ("store", "send") else FILLED[scene.kind].removesuffix(" close"), lockers=1)
    reply = scene.ask("bloqit.lockers.close", bloqID=tested.bloq, lockerID=tested.holds)
    if reply.status >= REFUSED:
        raise UnreachedError(f"lockers cannot be closed here ({reply.status})")
    tested.ajar = True  # whoever ends the rent closes the door first, if it is not closed yet
    if (state := scene.read(tested).state) != "in_progress":
        yield Fault("state", "in_progress after its door was closed", str(state))


def unsupported(scene: Scene) -> Iterator[Fault]:
    """A rent of a type that a bloq does not support is refused (B:98-100, 296)."""
    for bloq in scene.bench.bloqs.values():
        free = scene.bench.free.get(bloq.id)
        if bloq.supports and scene.kind not in bloq.supports and free:
            reply = scene.ask(CREATE[scene.kind], **_creation(scene, bloq.id, free[0]))
            if (rent := rent_in(reply)) is not None:
                yield Fault(
                    "refused",
                    f"4xx for a {scene.kind} in a bloq that supports {', '.join(map(str, bloq.supports))}",
                    str(reply.status),
                )
                _ended(scene, rent.id)
            return
    raise UnreachedError(f"every bloq supports {scene.kind}")


def bulk(scene: Scene) -> Iterator[Fault]:
    """Of several lockers none opens where one of them is allocated, or is of another bloq (B:510)."""
    tested = scene.at(FILLED[scene.kind], lockers=2)
    spare = tested.spare
    reply = scene.ask("bloqit.lockers.open_bulk", bloqID=tested.bloq, lockers=[tested.holds, spare])
    if reply.status < REFUSED:
        yield Fault("refused", "409 for opening several lockers of which one is allocated", str(reply.status))
    if scene.locker(tested, spare).is_open:
        yield Fault("door", "the other one closed, too", "open")
        scene.ask("bloqit.lockers.close", bloqID=tested.bloq, lockerID=spare)
    elsewhere = next((bloq for bloq in scene.bench.bloqs if bloq != tested.bloq), None)
    if elsewhere is not None:
        found = scene.ask("bloqit.lockers.open", bloqID=elsewhere, lockerID=spare)
        if found.status < REFUSED:
            yield Fault("unknown-id", "404 for a locker under a bloq that is not its own (B:53)", str(found.status))
            scene.ask("bloqit.lockers.close", bloqID=tested.bloq, lockerID=spare)


def disabled_with_rent(scene: Scene) -> Iterator[Fault]:
    """A locker that is disabled keeps the rent that it has (B:603: only new ones are kept out)."""
    tested = scene.at(FILLED[scene.kind], lockers=1)
    where: dict[str, Any] = {"bloqID": tested.bloq, "lockerID": tested.holds}
    try:
        if scene.ask("bloqit.lockers.set_availability", **where, active=False).status >= REFUSED:
            raise UnreachedError("lockers cannot be disabled here")
        if (rent := scene.locker(tested).rent) != tested.rent:
            yield Fault("allocation", f"the rent {tested.rent} in a locker that was disabled", str(rent))
        if (state := scene.read(tested).state) != "in_progress":
            yield Fault("state", "in_progress after its locker was disabled", str(state))
    finally:
        scene.ask("bloqit.lockers.set_availability", **where, active=True)


def moved_away(scene: Scene) -> Iterator[Fault]:
    """A rent that gets a locker in another bloq leaves its old one free (B:2777)."""
    tested = scene.at("reserve", lockers=1)
    other = next((bloq for bloq, free in scene.bench.free.items() if bloq != tested.bloq and free), None)
    if other is None:
        raise UnreachedError("there is no other bloq with a free locker")
    chosen = scene.bench.free[other][0]
    operation = "bloqit.deliveries.select_locker" if scene.kind == "delivery" else "bloqit.returns.reserve_locker"
    reply = scene.ask(operation, rentID=tested.rent, bloqID=other, lockerID=chosen)
    if reply.status >= REFUSED:
        raise UnreachedError(f"a locker of another bloq was refused ({reply.status})")
    if (rent := scene.locker(tested, tested.lockers[0]).rent) is not None:
        yield Fault("allocation", "the old locker free when the rent has one in another bloq", f"its rent: {rent}")
