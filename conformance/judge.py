"""The judge: an answer and a rent against what the oracle demands, and a rent's whole record at the end of its word.

May not send anything. Non-obvious choice: what a server may leave out is told by `Sight`, which the probe fills in. A server
whose rents do not show their locker is not wrong for it; one whose rents do, and show the wrong one, is.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from ..adapters.bloqit.translate import state_word
from ..adapters.bloqit.wire import Locker, Rent, event_name
from ..adapters.operation import Reply
from ..adapters.sender import Exchange
from ..adapters.tolerant import object_of, text_of
from ..machines import Json
from ..machines.row import Row
from .bench import rent_in
from .inputs import WRONG_PIN, Input
from .oracle import Step
from .tested import Tested, said, shown

FAILURE, SERVER_ERROR = 400, 500
PASSING = frozenset({"created", "price_calculation"})
"""States that a rent may pass through so fast that nobody lists them."""

OPEN = frozenset({"starting", "locker_opened", "collect_item"})
ATTEMPT, EXTENDED = "rent.pin_attempt", "rent.extended"
EXTENDING = frozenset({"extend_requested", "update_pickup_fields"})
"""Triggers of rows that move an expiry date."""

OPTIONAL_EVENTS = frozenset({"rent.created", "rent.price_calculation", EXTENDED, ATTEMPT, "rent.offline_dropoff"})
"""Events that some row brings on the way to another one's, or that are counted apart from the others."""

PROMISED = frozenset({"rent.price_calculation"})
EXACT = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Sight:
    """What a server lets a client see.

    Attributes:
        locker: Whether a rent shows its locker.
        states: Whether `states[]` has an entry for each time that a state was entered.
        history: Whether there is a history.
        rents: Whether a locker shows its rent.
        doors: Whether a locker shows its door.
        expiry: Whether a rent shows its limit.
    """

    locker: bool = True
    states: bool = True
    history: bool = True
    rents: bool = True
    doors: bool = True
    expiry: bool = True


@dataclass(frozen=True, slots=True)
class Fault:
    """What a judge says: the check that failed, what it wanted, and what it saw."""

    check: str
    expected: str
    got: str


def answer_fault(given: Input, step: Step, exchange: Exchange | None) -> Fault | None:
    """Whether an answer is the wrong one."""
    if not isinstance(exchange, Reply):
        return None
    if exchange.status >= SERVER_ERROR:
        return Fault("server-error", "any answer but an error of the server's", said(exchange))
    if given.hook or step.accepted is None:
        return None
    refused = exchange.status >= FAILURE
    if step.accepted:
        return Fault("accepted", f"2xx, and {step.target.shows}", said(exchange)) if refused else None
    wanted = " or ".join(map(str, given.refused))
    if not refused:
        return Fault("refused", f"refused with {wanted}", said(exchange))
    return None if exchange.status in given.refused else Fault("refusal-status", wanted, said(exchange))


def rent_faults(tested: Tested, rent: Rent | Reply, sight: Sight) -> Iterator[Fault]:
    """What is wrong with a rent as it was read."""
    if not isinstance(rent, Rent):
        yield Fault("unreadable", tested.spot.shows, said(rent))
        return
    spot = tested.spot
    seen, wanted = shown(rent, locker=sight.locker), spot.shows if sight.locker else f"{spot.kind} {spot.state}"
    if seen != wanted:
        yield Fault("state", wanted, seen)
        return
    locker = rent.locker.id
    if sight.locker and tested.holds and spot.state != "finished" and locker != tested.holds:
        yield Fault("locker", f"the locker {tested.holds}", f"the locker {locker}")
    limit = tested.limit if sight.expiry and tested.limit_set else None
    if limit is not None and rent.expiry_date is not None and abs(rent.expiry_date - limit) > EXACT:
        yield Fault("limit", limit.isoformat(), rent.expiry_date.isoformat())


CONTRADICTED = frozenset(
    {"bloqit.returns.finish", "bloqit.deliveries.select_locker", "bloqit.deliveries.return_", "bloqit.rents.extend",
     "bloqit.rents.update", "bloqit.returns.reserve_locker"}
)  # fmt: skip
"""Operations whose samples show a state that their text contradicts (A26), or a list (A12)."""

OK = 200


def echo_fault(given: Input, step: Step, exchange: Exchange | None) -> Fault | None:
    """Whether an answer shows a state that the rent does not have; 202 says that the door is still to move (A23)."""
    rent = rent_in(exchange) if isinstance(exchange, Reply) and exchange.status == OK and step.accepted else None
    if rent is None or given.operation in CONTRADICTED or rent.state is None:
        return None
    if rent.state == step.target.state or rent.state in step.path:
        return None
    return Fault("answer", step.target.state, str(rent.state))


def creation_fault(tested: Tested, given: Input, exchange: Exchange | None) -> Fault | None:
    """Whether a rent that was just created shows another external id or other codes than were sent; what it hides is well."""
    rent = rent_in(exchange) if given.creates and isinstance(exchange, Reply) else None
    if rent is None:
        return None
    external, codes = tested.sent.get("externalID"), tested.sent.get("pickUpCodes")
    if external is not None and rent.external_id is not None and rent.external_id != external:
        return Fault("created", f"externalID {external}", f"externalID {rent.external_id}")
    if isinstance(codes, dict) and rent.pick_up_codes and dict(rent.pick_up_codes) != codes:
        return Fault("created", "the pick-up codes that were sent", "others")
    return None


IGNORED = frozenset({"updatedAt", "updated_at"})


def trace_fault(before: Rent, after: Rent) -> Fault | None:
    """Whether a refused request changed a rent."""
    old, new = (_plain(rent) for rent in (before, after))
    changed = sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name) and name not in IGNORED)
    if not changed:
        return None
    was, now = ({name: side.get(name) for name in changed} for side in (old, new))
    return Fault("trace", f"unchanged: {was}", f"{now}")


def _plain(rent: Rent) -> Mapping[str, object]:
    return cast("Mapping[str, object]", rent.model_dump(mode="json", by_alias=True))


def states_fault(tested: Tested, rent: Rent) -> Fault | None:
    """Whether `states[]` is not the way that the rent went."""
    listed = [state_word(word) for entry in rent.states if (word := text_of(entry) or text_of(object_of(entry).get("state")))]
    seen, wanted = _lasting(listed), _lasting(tested.path)
    if seen == wanted:
        return None
    return Fault("states-list", " > ".join(wanted), " > ".join(seen))


def _lasting(states: Iterable[str]) -> list[str]:
    return [state for state in states if state not in PASSING]


def history_fault(
    tested: Tested, docs: Sequence[Mapping[str, Json]], known: frozenset[str], *, strict: bool = False
) -> Fault | None:
    """Whether the history is not the events of the rows that were taken; a strict one tells the price (B:3459), too."""
    optional = OPTIONAL_EVENTS - PROMISED if strict else OPTIONAL_EVENTS
    names = [event_name(doc) for doc in docs]
    if fault := _attempts_fault(tested, names) or (_extensions_fault(tested, names) if strict else None):
        return fault
    seen = [name for name in names if name in known and name not in optional]
    told = (pair for row in tested.told for pair in signals_of(row))
    wanted = [(name, sure) for name, sure in told if name in known and name not in optional]
    if not _fits(seen, wanted) and not _fits(seen[::-1], wanted):
        return Fault("history", " > ".join(name for name, _ in wanted), " > ".join(seen))
    return None


def _attempts_fault(tested: Tested, names: Sequence[str]) -> Fault | None:
    """A wrong code is told where the machine has a row for it, and may be told wherever one was typed (B:3472 names no state)."""
    least = sum(row.signals[:1] == (ATTEMPT,) for row in tested.told)
    typed = sum(name == WRONG_PIN for name in tested.done)
    if least <= names.count(ATTEMPT) <= typed:
        return None
    return Fault("history", f"{ATTEMPT} {least} to {typed} times", f"{names.count(ATTEMPT)} times")


def _extensions_fault(tested: Tested, names: Sequence[str]) -> Fault | None:
    """Every later expiry date is told, whichever way it came, but of a return (B:3464)."""
    later = sum(row.trigger in EXTENDING and not row.id.startswith("T") for row in tested.told)
    if names.count(EXTENDED) >= later:
        return None
    return Fault("history", f"{EXTENDED} {later} times", f"{names.count(EXTENDED)} times")


def _fits(seen: Sequence[str], wanted: Sequence[tuple[str, bool]]) -> bool:
    """Whether events are those wanted, in order; one that nobody promised may be missing."""
    left = list(seen)
    for name, sure in wanted:
        if left[:1] == [name]:
            left.pop(0)
        elif sure:
            return False
    return not left


def signals_of(row: Row) -> Iterator[tuple[str, bool]]:
    """The events that tell of a row, each with whether it is promised.

    An offline drop-off is told by two, the second of which is everybody's. A row that enters a state and is told by another
    name, or by none, may be told by that state's as well.
    """
    if row.trigger == "offline_dropoff_synced":
        yield "rent.in_progress", True
        return
    yield from ((name, True) for name in row.signals[:1])
    if row.target and EVENT_OF.get(row.target, f"rent.{row.target}") not in row.signals:
        yield EVENT_OF.get(row.target, f"rent.{row.target}"), False


EVENT_OF: Mapping[str, str] = {"starting": "rent.started"}
"""The event of a state whose name is another (B:3455)."""


def locker_faults(tested: Tested, locker: Locker, sight: Sight) -> Iterator[Fault]:
    """What is wrong with the locker of a rent."""
    mine = locker.rent == tested.rent
    wanted = tested.spot.locker and locker.id == tested.holds
    if sight.rents and mine != wanted:
        yield Fault("allocation", f"{'allocated to' if wanted else 'free of'} the rent, which is {tested.spot.shows}",
                    f"rent of the locker: {locker.rent}")  # fmt: skip
    is_open = tested.spot.state in OPEN and locker.id == tested.holds
    if sight.doors and locker.is_open is not None and locker.is_open != is_open and not tested.ajar:
        yield Fault("door", "open" if is_open else "closed", "open" if locker.is_open else "closed")
