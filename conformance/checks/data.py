"""What a rent has: its fields as they were given, and only its own; and the codes that open for it.

May not look at states. Non-obvious choice: a rent's neighbour is compared as a whole body. Whatever one rent may do to another
shows there, thought of or not.
"""

from collections.abc import Iterator
from typing import Any, cast

from ...adapters.bloqit.wire import Rent
from ...adapters.operation import Reply
from ...adapters.tolerant import load, object_of
from ...machines import BadBodyError
from ..bench import drop_off_code_of
from ..inputs import DROP_OFF, WRONG_PIN
from ..judge import EXACT, Fault, trace_fault
from ..tested import PICK_UP
from .limits import FILLED
from .scene import REFUSED, YEAR, Scene, UnreachedError, ids


def created(scene: Scene) -> Iterator[Fault]:
    """A rent shows what it was created with."""
    tested = scene.at("start" if scene.kind in ("store", "send") else "reserve")
    rent = scene.read(tested)
    wanted: dict[str, tuple[Any, Any]] = {"type": (scene.kind, rent.type), "id": (tested.rent, rent.id)}
    if scene.kind in ("delivery", "return"):
        wanted["externalID"] = (tested.name, rent.external_id)
        if rent.expiry_date is None or (tested.limit and abs(rent.expiry_date - tested.limit) > EXACT):
            yield Fault("created", f"expiryDate {tested.limit}", str(rent.expiry_date))
    if rent.pick_up_codes and list(rent.pick_up_codes.values()) != [PICK_UP]:
        yield Fault("created", f"the pick-up code {PICK_UP}", "another one")
    for name, (given, shown) in wanted.items():
        if shown is not None and str(given) != str(shown):
            yield Fault("created", f"{name} {given}", f"{name} {shown}")
    if rent.locker.id not in (None, tested.lockers[0]):
        yield Fault("locker", f"the locker {tested.lockers[0]}", str(rent.locker.id))


def single_code(scene: Scene) -> Iterator[Fault]:
    """A pickUpCode is the rent's code as it was sent, zeros in front of it too (B:2401)."""
    tested = scene.at("reserve", sends={"pickUpCodes": None, "pickUpCode": "00742"})
    if (codes := [*scene.read(tested).pick_up_codes.values()]) and codes != ["00742"]:
        yield Fault("codes", "the pick-up code 00742", "another one")


def ended_when_finished(scene: Scene) -> Iterator[Fault]:
    """An endDate is of a rent that has ended, and one that was only cancelled has not (B:1960, 2000)."""
    if not scene.runner.readings.strict:
        raise UnreachedError("asked of a strict server only")
    tested = scene.at(f"{FILLED[scene.kind]} cancel")
    if (end := scene.read(tested).end_date) is not None:
        yield Fault("created", "no endDate before a rent is finished", end.isoformat())


def kept_both(scene: Scene) -> Iterator[Fault]:
    """Of two updates of different fields at once, both are accepted and both are kept (B:1739-1852)."""
    for turn in range(AT_ONCE):
        tested = scene.at("reserve")
        name, later = f"{tested.name}-both-{turn}", scene.bench.now.replace(microsecond=0) + 2 * YEAR
        asked = (("bloqit.rents.update", {"externalID": name}), ("bloqit.rents.extend", {"expiryDate": later}))
        requests = [scene.bench.request(operation, {"rentID": tested.rent, **body}) for operation, body in asked]
        answers = scene.bench.together(requests, word=scene.word)
        after = scene.read(tested)
        shown = ((after.external_id, name), (after.expiry_date, later))
        for answer, (seen, wanted) in zip(answers, shown, strict=True):
            if isinstance(answer, Reply) and answer.status < REFUSED and seen is not None and seen != wanted:
                yield Fault("others", f"{wanted} after two updates at once, both accepted", str(seen))
                return
        scene.leave()


def of_customer(scene: Scene) -> Iterator[Fault]:
    """A rent has the customer that it was created for, is found by him, and by no other (B:1317, 2415)."""
    reply = scene.ask(
        "bloqit.customers.create", name="Conform", email=f"c{scene.bench.sent}@example.com", phoneNumber="+351910000009"
    )
    customer = str(docs_of(reply).get("_id") or "")
    if not customer:
        raise UnreachedError(f"customers cannot be created here ({reply.status})")
    tested = scene.at("start" if scene.kind in ("store", "send") else "reserve", sends={"customerID": customer})
    shown = scene.read(tested).customer.id
    if shown != customer:
        yield Fault("created", f"the customer {customer}", str(shown))
    if tested.rent not in ids(scene.listed("bloqit.rents.list_active", customerID=customer)):
        yield Fault("list", "a rent in the list of its customer", "a list without it")


def docs_of(reply: Reply) -> dict[str, Any]:
    """The object in an answer, empty for none."""
    try:
        return object_of(load(reply.body))
    except BadBodyError:
        return {}


AT_ONCE = 3
"""Times that two updates are sent at once."""
LIVES = {
    "store": "start close open close extend update end_open close",
    "send": "start close open close extend update keypad close",
    "delivery": "reserve change_code ready transit make close open close extend notify collect close",
    "return": "reserve change_code drop_off close open close extend collect close",
}
OPENED = {"store": "start", "send": "start", "delivery": "reserve make", "return": "reserve drop_off"}
SHORT = {
    "store": "start close cancel finish",
    "send": "start close cancel finish",
    "delivery": "reserve cancel finish",
    "return": "reserve cancel finish",
}


def others(scene: Scene) -> Iterator[Fault]:
    """While one rent goes through its life, another stays as it is, byte for byte."""
    for lives in (LIVES, SHORT):
        words = lives[scene.kind].split()
        waiting = scene.at("announce") if scene.kind in ("delivery", "return") else None
        neighbour = scene.at(FILLED[scene.kind] if scene.has(*FILLED[scene.kind].split()) else words[0], lockers=1)
        ajar = scene.at(OPENED[scene.kind], lockers=1)
        busy = scene.at(words[0], lockers=2)
        doors = {other.rent: scene.locker(other) for other in (neighbour, ajar) if other.holds}
        watched = {other.rent: scene.read(other) for other in (neighbour, waiting, ajar) if other}
        for name in words[1:]:
            scene.give(busy, name)
            for other in (neighbour, waiting, ajar):
                if other and (fault := trace_fault(watched[other.rent], scene.read(other))):
                    yield Fault("others", f"{fault.expected} while another rent is given {name}", fault.got)
                    return
        for other in (neighbour, ajar):
            if other.rent in doors and (now := scene.locker(other)).is_open != doors[other.rent].is_open:
                yield Fault(
                    "others", f"the door of another rent {'open' if doors[other.rent].is_open else 'closed'}", str(now.is_open)
                )
                return
        scene.leave()


def updates(scene: Scene) -> Iterator[Fault]:
    """An update changes the fields that it has, and no other (B:1739-1852)."""
    tested = scene.at("reserve")
    before = scene.read(tested)
    later = scene.bench.now.replace(microsecond=0) + 2 * YEAR
    changes: list[dict[str, Any]] = [{"dropOffCode": "00400404"}, {"externalID": f"{tested.name}-new"}, {"expiryDate": later}]
    for change in changes:
        if scene.ask("bloqit.rents.update", rentID=tested.rent, **change).status >= REFUSED:
            continue
        after = scene.read(tested)
        told = {"dropOffCode": drop_off_code_of(after) or None, "externalID": after.external_id}
        for name, value in change.items():
            if told.get(name) is not None and str(told[name]) != value:
                yield Fault("created", f"{name} {value} after an update", str(told[name]))
        old, new = dict(_leaves(before)), dict(_leaves(after))
        differ = {name for name in old | new if old.get(name) != new.get(name)}
        beside = {name for name in differ if name.rpartition(".")[2] not in {*change, "updatedAt"}}
        if beside:
            yield Fault("others", f"only {', '.join(change)} changed", f"{', '.join(sorted(beside))} changed too")
        before = after


def _leaves(rent: Rent) -> Iterator[tuple[str, object]]:
    """Each value of a rent by its path: the same field may stand in the rent or among its details."""
    waiting: list[tuple[str, Any]] = [("", rent.model_dump(mode="json", by_alias=True))]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, dict):
            waiting += ((f"{path}.{name}", inner) for name, inner in cast("dict[str, Any]", value).items())
        else:
            yield path, value


def _typed(scene: Scene, rent: str, code: str) -> None:
    scene.bench.hook(WRONG_PIN, word=scene.word, rent=rent, code=code)


def codes(scene: Scene) -> Iterator[Fault]:
    """The code of another rent, or an old one, does not open; its own does (B:2117, 3472)."""
    tested = scene.at(FILLED[scene.kind], lockers=1)
    for wrong in ("1", PICK_UP[:-1], f"{PICK_UP}0", ""):
        _typed(scene, tested.rent, wrong)
        if (state := scene.read(tested).state) != "in_progress":
            yield Fault("codes", f"in_progress after the wrong code {wrong!r}", str(state))
            return
    _typed(scene, tested.rent, PICK_UP)
    if (state := scene.read(tested).state) != "collect_item":
        if not scene.runner.readings.strict:
            raise UnreachedError("the hook wrong_pin opens for no code, so it may know wrong ones only")
        yield Fault("codes", "collect_item after its own pick-up code", str(state))


def drop_off_codes(scene: Scene) -> Iterator[Fault]:
    """The drop-off code that was set last opens, the one before it does not (B:1745, 2460)."""
    tested = scene.at("reserve")
    old = tested.drop_off_code
    if not old:
        raise UnreachedError("it has no drop-off code")
    scene.give(tested, "change_code")
    values = {"rent": tested.rent, "locker": tested.holds, "bloq": tested.bloq, "offline": False}
    for code, wanted in ((old, "reserved"), ("1", "reserved"), (tested.drop_off_code, "starting")):
        scene.bench.hook(DROP_OFF, word=tested.name, code=code, **values)
        if (state := scene.read(tested).state) != wanted:
            yield Fault(
                "codes", f"{wanted} after the drop-off code {'that it has' if wanted == 'starting' else 'of before'}", str(state)
            )
            return
