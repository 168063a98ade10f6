"""A rent under test: what was done to it, what must have become of it, and the values that its requests carry.

May not judge. Non-obvious choice: dates are set and never guessed. A rent gets a limit when it is created where its type allows
one, and each later input moves that, so that "its limit has passed" is one instant for every server.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zlib import crc32

from ..adapters.bloqit.wire import Rent
from ..adapters.operation import Reply
from ..adapters.sender import Exchange
from ..machines import Json
from ..machines.row import Row
from .bench import Bench, InfrastructureError, drop_off_code_of, rent_in
from .inputs import CLOCK, DROP_OFF, OFFLINE, WRONG_PIN, Input
from .mealy import Word
from .oracle import Spot, Step

FAR = timedelta(days=300)
"""How far away the limits of rents are in whose words no time passes."""
NEAR = timedelta(hours=1)
PICK_UP, WRONG = "017263", "999999"
DROPPED = timedelta(seconds=1)
"""After its limit a rent is looked at: a server may count in whole seconds."""


@dataclass
class Tested:
    """See the module.

    Attributes:
        bench: Where it stands.
        name: Its word's name in the record, and the external id of the rent.
        bloq: The bloq of its lockers.
        lockers: The lockers that it may use.
        spot: Where it must be.
        span: How far away its limits are set.
        rent: The rent's id, empty before it is created.
        holds: The locker that it must have, empty for none.
        limit: When it expires, if it does.
        limit_set: Whether the kit set it, so that the rent has to show it.
        drop_off_code: What opens its locker for the drop-off.
        done: What was done.
        path: The states that it must have been in.
        told: The rows that it took.
        seen: The rent as it was read after the last input, None where it was not read.
        ajar: Whether its door stands open though its state does not say so.
        sent: The parameters of its last request.
        besides: Parameters of its creation besides those of the alphabet.
    """

    bench: Bench
    name: str
    bloq: str
    lockers: tuple[str, ...]
    spot: Spot
    span: timedelta = FAR
    rent: str = ""
    holds: str = ""
    limit: datetime | None = None
    limit_set: bool = False
    drop_off_code: str = ""
    done: Word = ()
    path: list[str] = field(default_factory=list[str])
    told: list[Row] = field(default_factory=list[Row])
    seen: Rent | None = None
    ajar: bool = False
    sent: dict[str, object] = field(default_factory=dict[str, object])
    besides: dict[str, object] = field(default_factory=dict[str, object])

    def give(self, given: Input) -> Exchange | None:
        """Do it; the answer, or None where nothing answers.

        Raises:
            InfrastructureError: No verdict is possible.
            SpentError: The budget is spent.
        """
        self.seen, self.sent = None, {}
        if given.hook == CLOCK:
            return self._pass()
        if given.hook:
            return self.bench.hook(given.hook, word=self.name, **self._for_hook(given.hook))
        self.sent = {**self.filled(given.sends), **(self.besides if given.creates else {})}
        return self.bench.call(given.operation, self.sent, word=self.name)

    def filled(self, sends: Mapping[str, Json]) -> dict[str, object]:
        """Parameters with their values."""
        values = {
            "$rent": self.rent,
            "$bloq": self.bloq,
            "$locker": self.lockers[0] if self.lockers else "",
            "$spare": self.spare,
            "$external": self.name,
            "$limit": (self.bench.now + self.span).replace(microsecond=0),
            "$later": self._later(),
            "$pick_up_code": PICK_UP,
            "$drop_off_code": self._code(),
            "$next_drop_off_code": self._code(1),
        }
        return {name: _filled(value, values) for name, value in sends.items()}

    @property
    def spare(self) -> str:
        """A locker of its own that it does not have."""
        return next((locker for locker in self.lockers if locker != self.holds), "")

    def follow(self, given: Input, step: Step, exchange: Exchange | None) -> None:
        """What must be now, when `step` came true."""
        self.done = (*self.done, given.name)
        if given.creates and (rent := rent_in(exchange) if exchange else None) is not None:
            self._begin(rent)
        accepted = bool(step.rows)
        if accepted and given.chooses:
            self.holds = self.spare
        elif step.target.locker and not self.spot.locker and not given.creates:
            self.holds = ""  # the server's own choice, which the rent will tell
        elif given.creates and step.target.locker:
            self.holds = self.lockers[0]
        asked = self.sent.get("expiryDate") if accepted else None
        if isinstance(asked, datetime):
            self.limit, self.limit_set = asked, True
        if accepted and "dropOffCode" in given.sends:
            self.drop_off_code = str(self.sent["dropOffCode"])
        self.ajar = _is_ajar(self, step, given)
        self.spot = step.target
        self.path += step.path
        self.told += step.rows

    def _begin(self, rent: Rent) -> None:
        self.rent, self.limit = rent.id, rent.expiry_date
        self.drop_off_code = drop_off_code_of(rent)
        self.bench.tell(rent.start_date)
        asked = self.sent.get("expiryDate")
        if isinstance(asked, datetime) and rent.start_date is not None and asked <= rent.start_date:
            raise InfrastructureError("the server's clock was ahead of all that its rents had told; it is known now")

    def _later(self) -> datetime:
        base = max(self.limit or self.bench.now, self.bench.now)
        return base.replace(microsecond=0) + self.span

    def _code(self, turn: int = 0) -> str:
        number = crc32(self.name.encode()) + turn + sum(name == "change_code" for name in self.done)
        return f"{number % 100_000_000:08d}"

    def _for_hook(self, hook: str) -> dict[str, object]:
        locker = self.holds or (self.lockers[0] if self.lockers else "")
        code = {DROP_OFF: self.drop_off_code, OFFLINE: self.drop_off_code, WRONG_PIN: WRONG}.get(hook, "")
        return {"rent": self.rent, "locker": locker, "bloq": self.bloq, "code": code, "offline": hook == OFFLINE}

    def _pass(self) -> Exchange | None:
        """Let its limit pass; where nothing knows one, a day is longer than every limit of a bloq that is not set by the kit."""
        if self.bench.hooks.has(CLOCK):
            left = (self.limit - self.bench.heard) if self.limit else NEAR
            seconds = max(left, timedelta()) + DROPPED
            return self.bench.hook(CLOCK, word=self.name, seconds=int(seconds.total_seconds()) + 1)
        left = (self.limit - self.bench.now).total_seconds() if self.limit else 0.0
        self.bench.driver.wait(max(left, 0.0) + 1.5)
        return None


def _is_ajar(tested: Tested, step: Step, given: Input) -> bool:
    """Whether its door stands open though its state does not say so, because it was cancelled or expired at the open door."""
    if given.name == "close":
        return False
    was_open = tested.ajar or tested.spot.state in ("starting", "locker_opened")
    return was_open and step.target.state in ("cancelled", "expired", "finished")


def _filled(value: Json, values: Mapping[str, object]) -> object:
    if isinstance(value, str):
        return values.get(value, value)
    if isinstance(value, dict):
        return {name: _filled(item, values) for name, item in value.items()}
    return value


def shown(rent: Rent, *, locker: bool = True) -> str:
    """A rent as a client sees it, in the words of `Spot.shows`."""
    state = str(rent.state or "in no state")
    placed = locker and state != "finished" and rent.locker.id is not None
    return f"{rent.type or 'untyped'} {state}{' in a locker' if placed else ''}"


def said(exchange: Exchange | None) -> str:
    """An answer in a few words."""
    if not isinstance(exchange, Reply):
        return "no answer" if exchange is None else exchange.reason
    rent = rent_in(exchange)
    return f"{exchange.status}" + (f", {shown(rent)}" if rent is not None else "")


def needed(word: Sequence[str]) -> int:
    """How many lockers a word needs."""
    return 2 if {"select", "make_there", "place"} & set(word) else 1
