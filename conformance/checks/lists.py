"""Lists and look-ups: who is in them, by which filter, page by page; and which lockers are free.

May not rely on a list's order, which nothing says. Non-obvious choice: what must be in a list is asked for by as narrow a
filter as the document has; on a server that others use, a list without one may have any length.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from ...adapters.bloqit.wire import event_name
from ...adapters.tolerant import load, object_of, whole_of
from ..bench import NO_ROUTE, docs_in, rent_in, total_in
from ..judge import Fault
from ..mailbox import id_in
from ..tested import Tested
from .limits import FILLED
from .scene import REFUSED, Scene, UnreachedError, ids

LISTED = (
    "reserve",
    "announce",
    "start",
    "FILLED",
    "FILLED open",
    "FILLED collect",
    "FILLED cancel",
    "FILLED cancel finish",
    "FILLED collect close",
    "FILLED expire",
    "FILLED expire turn",
)
"""Ways to states whose rents are looked for in lists."""

REACHABLE = ("created", "reserved", "ready_for_pickup", "in_transit", "starting", "in_progress", "locker_opened", "collect_item",
             "price_calculation", "payment_attempt", "expired", "cancelled")  # fmt: skip
"""What reached-state can be asked for (B:1533)."""


def _everywhere(scene: Scene) -> Iterator[Tested]:
    for words in LISTED:
        way = words.replace("FILLED", FILLED[scene.kind])
        if scene.runner.oracle.mealy.run(tuple(way.split())) is not None:
            yield scene.at(way, lockers=1)


def _narrow(scene: Scene, tested: Tested) -> dict[str, object]:
    filters: dict[str, object] = {"bloqID": tested.bloq} if tested.holds else {}
    if tested.rent and scene.kind in ("delivery", "return"):
        filters["externalID"] = tested.name
    return filters


def lists(scene: Scene) -> Iterator[Fault]:
    """A rent is in the lists of its state and type, and in no others (B:1305-1507)."""
    for tested in _everywhere(scene):
        yield from _in_lists(scene, tested)
        scene.leave()


def _in_lists(scene: Scene, tested: Tested) -> Iterator[Fault]:
    state, narrow = tested.spot.state, _narrow(scene, tested)
    began = scene.read(tested).start_date
    narrow |= {"startDate": began - timedelta(seconds=1)} if began else {}
    cases: list[tuple[str, dict[str, object], bool]] = [
        ("bloqit.rents.list", {"rentStates": [state]}, True),
        ("bloqit.rents.list", {"rentStates": sorted({state, "cancelled", "reserved"})}, True),
        ("bloqit.rents.list", {"rentStates": ["in_progress" if state != "in_progress" else "cancelled"]}, False),
        ("bloqit.rents.list", {"rentType": "send" if tested.spot.kind == "store" else "store"}, False),
        ("bloqit.rents.list_active", {}, state != "finished"),
    ]
    if scene.kind in ("delivery", "return"):
        cases.append(("bloqit.rents.list", {"externalID": f"{tested.name}-other"}, False))
    if tested.spot.kind != "return" or _knows_returns(scene):
        cases.append(("bloqit.rents.list", {"rentType": tested.spot.kind}, True))
    for operation, filters, wanted in cases:
        if (tested.rent in ids(scene.listed(operation, **{**narrow, **filters}))) != wanted:
            asked = ", ".join(f"{name}={value}" for name, value in filters.items()) or "no filter"
            yield Fault(
                "list",
                f"{operation} with {asked} {'has' if wanted else 'has not'} a rent in {state}",
                "it has" if not wanted else "it has not",
            )


def _knows_returns(scene: Scene) -> bool:
    """Whether lists can be asked for returns, which their filter forgets (A5, B:1338)."""
    return scene.ask("bloqit.rents.list", rentType="return", limit=1, page=1).status < REFUSED


def reached(scene: Scene) -> Iterator[Fault]:
    """reached-state has a rent for each state that it reached, and for no other (B:1509-1584)."""
    for tested in _everywhere(scene):
        rent = scene.read(tested)
        start = (rent.start_date or scene.bench.heard) - timedelta(seconds=2)
        window = {"from": start, "until": scene.bench.now + timedelta(days=400)}
        for state in REACHABLE:
            wanted = state in tested.path
            if state in ("created", "price_calculation", "payment_attempt"):
                continue
            if (tested.rent in ids(scene.listed("bloqit.rents.list_reached", state=state, **window))) != wanted:
                must, does = ("has", "it has not") if wanted else ("has not", "it has")
                yield Fault("list", f"reached-state {state} {must} a rent that was {' > '.join(tested.path)}", does)
        scene.leave()


def from_the_first_instant(scene: Scene) -> Iterator[Fault]:
    """A list from an instant on has the rent that began at that instant (B:1353-1361)."""
    tested = scene.at("announce" if scene.kind in ("delivery", "return") else "start")
    began = scene.read(tested).start_date
    if began is None or not scene.bench.stands:
        raise UnreachedError("only of a rent that shows when it began, on a clock that stands")
    if tested.rent not in ids(scene.listed("bloqit.rents.list", startDate=began, endDate=began + timedelta(days=1))):
        yield Fault("list", f"the rent that began at {began.isoformat()} in a list from then on", "a list without it")


def external_id(scene: Scene) -> Iterator[Fault]:
    """A rent is found by its external id, and by a new one from when it was changed (B:1586, 1745)."""
    one, other = scene.at("announce"), scene.at("reserve")
    for tested in (one, other):
        reply = scene.ask("bloqit.rents.get_by_external_id", externalID=tested.name)
        found = docs_of_one(reply)
        if found != tested.rent:
            yield Fault("external-id", f"the rent {tested.rent} for {tested.name}", f"{reply.status}, {found}")
    for name in ("cancel", "finish"):
        scene.give(other, name)
    if docs_of_one(scene.ask("bloqit.rents.get_by_external_id", externalID=other.name)) != other.rent:
        yield Fault("external-id", f"the rent {other.rent} by its external id, finished as it is", "another one, or none")
    renamed = f"{one.name}-renamed"
    if scene.ask("bloqit.rents.update", rentID=one.rent, externalID=renamed).status >= REFUSED:
        return
    reply = scene.ask("bloqit.rents.get_by_external_id", externalID=renamed)
    if docs_of_one(reply) != one.rent:
        yield Fault("external-id", f"the rent {one.rent} by its new external id", f"{reply.status}")
    if scene.ask("bloqit.rents.get_by_external_id", externalID=one.name).status != 404:  # noqa: PLR2004
        yield Fault("external-id", "404 for the external id that it had before", "an answer")
    if scene.ask("bloqit.rents.get_by_external_id", externalID=f"{one.name}-nobody").status != 404:  # noqa: PLR2004
        yield Fault("external-id", "404 for an external id that nothing has", "an answer")


def docs_of_one(reply: Any) -> str:  # noqa: ANN401 - a reply
    """The id of the one document in an answer, empty for none."""
    rent = rent_in(reply)
    return rent.id if rent else ""


def free_lockers(scene: Scene) -> Iterator[Fault]:
    """A locker is free while no unfinished rent has it, and not before that one is finished (B:201, 1960)."""
    holding = "start" if scene.kind in ("store", "send") else "reserve"
    tested = scene.at(holding, lockers=1)
    for name in ("", "close" if holding == "start" else "", "cancel", "finish"):
        if name:
            scene.give(tested, name)
        reply = scene.ask("bloqit.bloqs.free_lockers", bloqID=tested.bloq)
        if reply.status in NO_ROUTE:
            raise UnreachedError(f"there is no list of free lockers ({reply.status})")
        free = ids(docs_in(reply))
        wanted = tested.spot.state == "finished"
        if (tested.lockers[0] in free) != wanted:
            yield Fault("free-lockers", f"the locker of a rent that is {tested.spot.state} is {'free' if wanted else 'not free'}",
                        "it is not" if wanted else "it is")  # fmt: skip


def paging(scene: Scene) -> Iterator[Fault]:
    """Pages have every document once, and no more of them than was asked for (B:73-83)."""
    begin = "start" if scene.kind in ("store", "send") else "announce"
    before = ids(scene.listed("bloqit.rents.list_active"))
    mine = {scene.at(begin, lockers=1).rent for _ in range(3)}
    if not mine <= ids(scene.listed("bloqit.rents.list_active")) - before:
        yield Fault("list", "rents in the list as soon as they are created", "a list without them")
    for limit in (1, 2):
        yield from _pages(scene, mine, limit)


def _pages(scene: Scene, mine: set[str], limit: int) -> Iterator[Fault]:
    total = total_in(scene.ask("bloqit.rents.list_active", page=1, limit=limit))
    seen: list[str] = []
    for page in range(1, min(total or 60, 120) // limit + 3):
        docs = docs_in(scene.ask("bloqit.rents.list_active", page=page, limit=limit))
        if len(docs) > limit:
            yield Fault("paging", f"{limit} documents on a page at most", f"{len(docs)} on page {page}")
            return
        if not docs:
            break
        seen += [str(doc.get("_id", doc.get("id"))) for doc in docs]
    if len(seen) != len(set(seen)):
        yield Fault("paging", "every document on one page", f"{len(seen) - len(set(seen))} on several")
    if not mine <= set(seen):
        yield Fault("paging", f"{len(mine)} rents that are active on the pages", f"{len(mine & set(seen))} of them")
    if total is not None and abs(total - len(seen)) > 0 and len(seen) < 120:  # noqa: PLR2004 - all pages were read
        yield Fault("paging", f"totalDocs {len(seen)}, which is what the pages have", str(total))


def expired_by_time(scene: Scene) -> Iterator[Fault]:
    """An expiry is told as the work of time, not of a partner (B:3497)."""
    tested = scene.at(f"{FILLED[scene.kind]} expire")
    docs = docs_in(scene.ask("bloqit.rents.history", rentID=tested.rent))
    told = [object_of(doc.get("actionInitiatedBy")).get("source") for doc in docs if event_name(doc) == "rent.expired"]
    if told and told[-1] not in ("expiration", None):
        yield Fault("history", "rent.expired initiated by expiration", str(told[-1]))


DEFAULT_LIMIT = 10
"""Documents on a page where nobody says how many (B:78-83)."""
NOTIFIED = "rent.automatic_notification_sent"


def notified(scene: Scene) -> Iterator[Fault]:
    """A send tells its phone number when the item is inside (B:2353), a delivery whenever it is asked to (B:2609, 3467)."""
    tested = scene.at(FILLED[scene.kind], lockers=1)
    before = _notices(scene, tested)
    if scene.kind == "send" and before == 0 and scene.runner.readings.strict:
        yield Fault("history", f"{NOTIFIED} once the item of a send is inside", "none")
    if scene.kind == "delivery":
        scene.give(tested, "notify")
        if _notices(scene, tested) <= before:
            yield Fault("history", f"{NOTIFIED} once more after notify", f"{before}, as before")


def _notices(scene: Scene, tested: Tested) -> int:
    docs = docs_in(scene.ask("bloqit.rents.history", rentID=tested.rent))
    if not docs:
        raise UnreachedError("there is no history")
    return sum(event_name(doc) == NOTIFIED for doc in docs)


def full_page(scene: Scene) -> Iterator[Fault]:
    """Ten documents are on a page where nobody says how many (B:80)."""
    for _ in range(11):
        scene.at("announce", lockers=1)
        scene.bench.give_back(scene.used[-1].bloq, scene.used[-1].lockers)
        scene.used[-1].lockers = ()
    _, path = scene.bench.route("bloqit.rents.list_active")
    reply = scene.ask_raw("GET", path)
    told = whole_of(object_of(load(reply.body)).get("limit")) or DEFAULT_LIMIT
    limit = DEFAULT_LIMIT if scene.runner.readings.strict else told
    if len(docs_in(reply)) > limit:
        yield Fault("paging", f"{limit} documents on a page at most", str(len(docs_in(reply))))


def told_of(scene: Scene) -> Iterator[Fault]:
    """Each entry of a history is of its rent, its bloq and one of its lockers, and has an id of its own (B:1643, 3587)."""
    tested = scene.at(FILLED[scene.kind])
    yield from _told_of(scene, tested)
    for name in ("open", "close"):
        scene.give(tested, name)
    yield from _told_of(scene, tested)


def _told_of(scene: Scene, tested: Tested) -> Iterator[Fault]:
    docs = docs_in(scene.ask("bloqit.rents.history", rentID=tested.rent))
    if not docs:
        raise UnreachedError("there is no history")
    names = [event_name(doc) for doc in docs]
    if scene.runner.readings.strict and not {"locker.locker_opened", "locker.locker_closed"} <= set(names):
        yield Fault("history", "its door's events among them (B:3444-3445)", ", ".join(names))
    ids_seen = [str(doc.get("_id")) for doc in docs]
    if len(set(ids_seen)) != len(ids_seen):
        yield Fault("history", "an id of its own for each event", f"{len(ids_seen) - len(set(ids_seen))} twice")
    for doc in docs:
        if (rent := id_in(doc.get("rent"))) != tested.rent:
            yield Fault("history", f"events of the rent {tested.rent}", f"one of {rent or 'none'}")
            return
