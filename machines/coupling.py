"""What a locker and the rent that owns it do to each other (table 3.11): one closed door, two machines.

May not move either of them: it names the triggers, and each machine decides. Non-obvious choice: the rent's way is coupled and
not its state. Whoever only compared states could not tell a rent that was cancelled beside an open door, which stays open, from
one whose door was closed.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from .table import TOGETHER, Arm
from .words import ABSENT, Case, Cause, Facts, no_facts

DOOR_OPEN = frozenset({"starting", "locker_opened", "collect_item"})
"""States of a rent during which its door stands open, unless it was left by a cancellation or an expiry."""

AT_RISK = frozenset({"in_progress", "expired", "cancelled"})
"""States of a rent whose item lies behind a door that ought to be shut."""

LEFT_BEHIND = AT_RISK - {"in_progress"}
"""States in which a rent is over for its customer and still has its locker (B:1960, 2393), until somebody finishes it."""

CLOSED = "locker.locker_closed"
OPENED = "locker.locker_opened"
SPONTANEOUS = "locker.spontaneous_locker_opening"
INACTIVE = "locker.locker_inactive"
RECONNECTED = "bloq.reconnected"


@dataclass(frozen=True, slots=True)
class Coupled:
    """What a signal of a locker (or its bloq) means for the rent that owns it.

    Attributes:
        trigger: What it is to the rent, None where it is nothing.
        alert: What somebody should be told, empty for nothing.
        reconcile: Whether the rent should be read again.
    """

    trigger: str | None = None
    alert: str = ""
    reconcile: bool = False


NOTHING = Coupled()


def of_signal(signal: str, state: str | None) -> Coupled:
    """What a signal means for the rent in `state` that owns the locker; a finished rent, like None, owns none.

    A door that opened is nothing: the row that commanded it says so itself (L04, L05). An opening without a rent that
    could have commanded it is what `L01` to `L03` are for.
    """
    if state in (None, "finished"):
        return Coupled(alert="a door opened by itself") if signal == SPONTANEOUS else NOTHING
    if signal == CLOSED:
        # Rows S03, N03, D12, T06, *21 and *26; in any other state a closed door is nothing to its rent.
        return Coupled("door_closed") if state in DOOR_OPEN else NOTHING
    if signal == SPONTANEOUS:
        return Coupled(alert="a door opened by itself" + (": the item is at risk" if state in AT_RISK else ""))
    return Coupled(reconcile=True) if signal == RECONNECTED else NOTHING


def blocked(rent: Case) -> str | None:
    """The locker that nobody else can have because a rent was left behind in it: expired or cancelled, and not finished."""
    return _held(rent) if rent.state in LEFT_BEHIND else None


def may_allocate(locker: Case) -> bool:
    """Whether a new rent may have this locker: active and free (B:201, 603). An inactive one keeps the rent that it has."""
    return {"active", "free"} <= set(locker.state.split(TOGETHER))


@dataclass(frozen=True, slots=True)
class LockerNews:
    """What a rent's way means for a locker: the locker's id, a trigger of its machine, and what the event brings."""

    locker_id: str
    trigger: str
    data: Facts = field(default_factory=no_facts)


def of_way(before: Case, after: Case, arms: Iterable[Arm]) -> tuple[LockerNews, ...]:
    """What the way of a rent from `before` to `after` along `arms` means for its lockers, in the order in which it happened.

    A locker is allocated while an unfinished rent points to it: cancelled and expired rents still do (B:1960, 2393).
    """
    old, new = _held(before), _held(after)
    moved, ended = old is not None and new is not None and old != new, new is None
    news = [LockerNews(old, "release")] if old is not None and moved else []
    news += [LockerNews(new, "allocate", {"rent": after.key})] if new is not None and old != new else []
    door = new or old
    news += [LockerNews(door, trigger) for trigger in _doors(arms)] if door is not None else []
    return (*news, *([LockerNews(old, "release")] if old is not None and ended else []))


def _held(rent: Case) -> str | None:
    """The locker that an unfinished rent points to."""
    locker = rent.facts.get("locker_id")
    return locker if isinstance(locker, str) and rent.state not in (ABSENT, "finished") else None


def _doors(arms: Iterable[Arm]) -> Iterator[str]:
    """Openings and closings along a way; a cancellation or an expiry beside an open door leaves it open."""
    for arm in arms:
        if arm.row.trigger.startswith("door_closed"):
            yield "close"
        elif arm.target in DOOR_OPEN and arm.source not in DOOR_OPEN:
            yield "rent_command" if Cause.API in arm.row.causes else "code_entered"
