"""Runs a word on a server and says what was seen of it, whatever that is.

May not judge: it goes on where a runner stops, because what comes after a failure is what shows its shape. Non-obvious choice:
the rent is followed by what it shows and not by what must be, so that later requests carry its real locker and its real limit.
"""

from dataclasses import dataclass

from ..adapters.bloqit.wire import Rent
from ..adapters.operation import Reply
from ..adapters.sender import Exchange
from .bench import InfrastructureError, drop_off_code_of, rent_in
from .inputs import Input, alphabet
from .judge import OPEN
from .mealy import Mealy, Word
from .recording import SILENT, UNTRIED, silent, visible
from .runner import AGAIN, PATIENCE, TRANSIENT, Runner
from .tested import Tested, shown

FAILURE = 400


@dataclass
class Watcher:
    """See the module.

    Attributes:
        runner: The system.
        words: How many words were run.
    """

    runner: Runner
    words: int = 0

    def __post_init__(self) -> None:
        self.right: Mealy = visible(self.runner.oracle, locker=self.runner.sight.locker)
        kinds = ("return", "delivery") if self.runner.kind == "delivery" else (self.runner.kind,)
        self._given = {name: given for kind in kinds for name, given in alphabet(kind).items()}

    def seen(self, word: Word) -> tuple[str, ...]:
        """What each input of a word showed that can be given, by the specification.

        Raises:
            InfrastructureError: The network or a busy server was in the way, again and again.
            SpentError: The budget of requests is spent.
        """
        for turn in range(AGAIN):
            try:
                return self._once(word)
            except InfrastructureError:
                if turn == AGAIN - 1:
                    raise
        raise AssertionError  # pragma: no cover - the last turn returns or raises

    def _once(self, word: Word) -> tuple[str, ...]:
        tested = self.runner.ready(word)
        if tested is None:
            raise InfrastructureError("no free locker is left")
        self.words += 1
        try:
            return tuple(self._given_to(tested, name) for name in word)
        finally:
            self.runner.cleaned(tested)

    def _given_to(self, tested: Tested, name: str) -> str:
        given = self._given[name]
        if not tested.rent and not given.creates:
            return UNTRIED  # its creation failed: there is nothing that a request could name
        exchange = tested.give(given)
        tested.done = (*tested.done, name)
        if given.creates and (rent := rent_in(exchange) if exchange else None) is not None:
            tested.rent = rent.id
            tested.drop_off_code = drop_off_code_of(rent)
            self.runner.bench.tell(rent.start_date)
        look = self._look(tested)
        # A door stays open until it is closed, whatever becomes of its rent; whoever cleans up has to know.
        tested.ajar = given.name != "close" and (tested.ajar or tested.seen is None or tested.seen.state in OPEN)
        return f"{_answered(given, exchange)}, {look}"

    def _look(self, tested: Tested) -> str:
        rent = self._settled(tested) if tested.rent else None
        tested.seen = rent if isinstance(rent, Rent) else None
        if not isinstance(rent, Rent):
            return f"{tested.spot.kind} absent" if rent is None else "unreadable"
        tested.holds = rent.locker.id or tested.holds
        tested.limit = rent.expiry_date or tested.limit
        if "dropOffCode" in tested.sent:
            tested.drop_off_code = str(tested.sent["dropOffCode"])
        return shown(rent, locker=self.runner.sight.locker)

    def _settled(self, tested: Tested) -> Rent | Reply:
        rent = self.runner.bench.rent(tested.rent, word=tested.name)
        for _ in range(PATIENCE):
            if not isinstance(rent, Rent) or rent.state not in TRANSIENT - {"payment_attempt"}:
                break
            self.runner.bench.driver.wait(0.1)
            rent = self.runner.bench.rent(tested.rent, word=tested.name)
        return rent


def _answered(given: Input, exchange: Exchange | None) -> str:
    if silent(given) or not isinstance(exchange, Reply):
        return SILENT
    return "accepted" if exchange.status < FAILURE else "refused"
