"""What a rent must do: the machines' tables, read as a finite machine over what a client can see.

May not know a server, nor any row that the machines do not declare. Non-obvious choice: a spot is a state with what else decides
about its future (a locker, an item, a limit that has passed), so that `cancelled` is three spots. A server that forgets
which of them it is in shows it later, and identification finds exactly that.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property

from ..machines import ABSENT, Cause, Event, Facts
from ..machines.row import Row
from ..machines.table import Arm
from .inputs import OFFLINE, Input, alphabet
from .mealy import Mealy, machine_of, places_of
from .readings import LATE_CLOSING, OPEN_STATES, PAYMENT, UNSTATED, Reading, Readings, contested

NOW = datetime(2000, 1, 1, tzinfo=UTC)
"""An instant for guards that compare with one; every limit that an input brings is later."""

PLACING = frozenset({"create_with_locker", "start_requested"})
HOUSED = frozenset({"starting", "in_progress", "locker_opened", "collect_item"})
"""States of a rent that has a locker, whoever chose it: a code that is typed at a bloq opens one of its free ones."""

LEFT_BEHIND = frozenset({"expired", "cancelled"})
"""States in which a rent may have its item or not, which a server may well read differently."""

AFTER_OPENING = "starting"
"""A rent whose limit passes while somebody stands at the open door for the drop-off: which limit holds then is not said (A52)."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a rent is.

    Attributes:
        kind: Its type, which a delivery may change.
        state: A state of its machine.
        locker: Whether a locker is allocated to it.
        item: Whether its item is inside.
        overdue: Whether its limit passed while its door was open.
        ajar: Whether its door stands open though it is cancelled or expired. What may be done then is said nowhere, so nothing
            that the machine would allow is tried before the door is closed.
    """

    kind: str
    state: str = ABSENT
    locker: bool = False
    item: bool = False
    overdue: bool = False
    ajar: bool = False

    def __str__(self) -> str:
        marks = [word for word in ("locker", "item", "overdue", "ajar") if getattr(self, word)]
        return f"{self.kind} {self.state}{' with ' if marks else ''}{' and '.join(marks)}"

    @property
    def shows(self) -> str:
        """What a client sees of it; of what is finished, nobody says whether it still names a locker."""
        return f"{self.kind} {self.state}{'' if self.state in ('finished', ABSENT) or not self.locker else ' in a locker'}"

    @property
    def facts(self) -> Facts:
        """What the machines' guards ask for."""
        bloq = None if self.state == ABSENT else "a bloq"
        return {"locker_id": "a locker" if self.locker else None, "bloq_id": bloq, "item_inside": self.item}


@dataclass(frozen=True, slots=True)
class Step:
    """What must follow from an input.

    Attributes:
        accepted: Whether it is accepted; None where any answer will do, as long as nothing changes.
        target: Where the rent is afterwards.
        rows: The rows that it took.
        path: The states that it entered on the way.
        open: The reading that decides, while nobody knows which way the server reads it.
    """

    accepted: bool | None
    target: Spot
    rows: tuple[Row, ...] = ()
    path: tuple[str, ...] = ()
    open: Reading | None = None

    @property
    def output(self) -> str:
        """As the finite machine has it."""
        word = {True: "accepted", False: "refused", None: "whatever"}[self.accepted]
        return f"{word}, {self.target.shows}"


@dataclass(frozen=True)
class Oracle:
    """The machine of one rent type, as one server reads it.

    Attributes:
        kind: The rent type.
        readings: How the server reads.
        inputs: Names of the inputs that can be given to this server; None for all.
    """

    kind: str
    readings: Readings
    inputs: frozenset[str] | None = None

    @property
    def start(self) -> Spot:
        """Before it is created."""
        return Spot(self.kind)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The types that it may come to have: an expired delivery becomes a return (D19)."""
        return (self.kind, "return") if self.kind == "delivery" else (self.kind,)

    def input(self, spot: Spot, name: str) -> Input | None:
        """The input of a name for a rent that is there."""
        return alphabet(spot.kind).get(name)

    def step(self, spot: Spot, name: str) -> Step | None:
        """What must follow; None where the input cannot be given."""
        given = self.input(spot, name)
        if given is None or given.creates != (spot.state == ABSENT) or (self.inputs is not None and name not in self.inputs):
            return None
        if given.by is Cause.TIMER:
            return _passing(self.readings, spot)
        return _step(self.readings, spot, given)

    @cached_property
    def spots(self) -> Mapping[str, Spot]:
        """Every spot that can be reached by what is known, by its text."""
        return places_of(self.start, self._names, self.step)

    @cached_property
    def mealy(self) -> Mealy:
        """As a finite machine: what depends on an open reading is left out."""
        return machine_of(self.start, self._names, self.step, self.spots)

    @cached_property
    def _names(self) -> tuple[str, ...]:
        known = {name: None for kind in self.kinds for name in alphabet(kind)}
        return tuple(name for name in known if self.inputs is None or name in self.inputs)


def _step(readings: Readings, spot: Spot, given: Input) -> Step | None:
    """What follows from a request. An offline drop-off that no row allows disables a locker (B:3501), so it is not tried."""
    arm, reading = _arm(readings, spot, given)
    if spot.ajar and given.trigger == "door_closed":
        return Step(None, replace(spot, ajar=False))
    if spot.ajar and (arm is not None or reading is not None):
        return None
    if arm is None and reading is not None:
        return Step(None, spot, open=reading)
    if arm is None and not readings.strict and spot.state in UNSTATED.get(given.trigger, ()):
        return None
    if arm is None:
        return None if given.hook == OFFLINE else Step(None if given.trigger == "door_closed" else False, spot)
    target = _after(spot, arm, chooses=given.chooses)
    step = Step(accepted=True, target=target, rows=(arm.row,), path=() if arm.source == arm.target else (arm.target,))
    return _settled(readings, step, overdue=spot.overdue)


def _arm(readings: Readings, spot: Spot, given: Input) -> tuple[Arm | None, Reading | None]:
    """The row that it takes, or the reading that says whether there is one."""
    asked = given.by is Cause.API
    event = Event(name=given.trigger, at=NOW, by=given.by, asked=asked, data=given.brings)
    undecided: Reading | None = None
    for arm in readings.table(spot.kind).arms.get((spot.state, given.trigger), ()):
        if (asked and not arm.sendable) or (arm.row.guard and not arm.row.guard.holds(spot.facts, event)):
            continue
        reading = _reading(spot, arm.row)
        holds = True if reading is None else readings.of(reading)
        if holds:
            return arm, None
        undecided = reading if holds is None else undecided
    return None, undecided


def _reading(spot: Spot, row: Row) -> Reading | None:
    name = contested(row, spot.state)
    if not name:
        return None
    with_item = spot.item and spot.state in LEFT_BEHIND
    return Reading(name, spot.kind, f"{spot.state} with its item" if with_item else spot.state)


def _after(spot: Spot, arm: Arm, *, chooses: bool) -> Spot:
    row = arm.row
    return Spot(
        kind="return" if row.trigger == "return_requested" else spot.kind,
        state=arm.target,
        locker=arm.target != "finished" and (spot.locker or chooses or arm.target in HOUSED or row.trigger in PLACING),
        item=arm.target != "finished" and bool(row.sets.get("item_inside", spot.item)),
        overdue=arm.source == "expired" and arm.target == "locker_opened",
        ajar=arm.source in OPEN_STATES and arm.target in LEFT_BEHIND,
    )


def _settled(readings: Readings, step: Step, *, overdue: bool) -> Step:
    """With what follows by itself: a store's door opens, a price is calculated, and a limit that has passed takes effect."""
    target = step.target
    if target.state == "created" and target.kind in ("store", "send"):
        return _along(readings, step, "door_opened")
    if target.state == "price_calculation":
        reading = Reading(PAYMENT, target.kind, target.state)
        due = readings.of(reading)
        if due is None:
            return replace(step, open=reading)
        return _along(readings, step, "payment_required" if due else "price_settled")
    if overdue and step.path == ("in_progress",):
        reading = Reading(LATE_CLOSING, target.kind, "locker_opened")
        late = readings.of(reading)
        if late is None:
            return replace(step, open=reading)
        return _along(readings, step, "expiry_reached") if late else step
    return step


def _along(readings: Readings, step: Step, trigger: str) -> Step:
    arm = readings.table(step.target.kind).arms[step.target.state, trigger][0]
    target = _after(step.target, arm, chooses=False)
    return replace(step, target=target, rows=(*step.rows, arm.row), path=(*step.path, arm.target))


TIMED = ("dropoff_deadline_reached", "expiry_reached")


def _passing(readings: Readings, spot: Spot) -> Step | None:
    """A limit passes."""
    if spot.state == AFTER_OPENING or spot.overdue or spot.ajar:
        return None
    table = readings.table(spot.kind)
    arms = [arm for trigger in TIMED for arm in table.arms.get((spot.state, trigger), ())]
    if not arms:
        return Step(None, spot)
    reading = _reading(spot, arms[0].row)
    holds = True if reading is None else readings.of(reading)
    if holds is None:
        return Step(None, spot, open=reading)
    if not holds:
        return Step(None, replace(spot, overdue=True))
    return Step(None, _after(spot, arms[0], chooses=False), (arms[0].row,), (arms[0].target,))
