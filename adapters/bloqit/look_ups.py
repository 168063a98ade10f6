"""What became of a call whose answer was lost: found by its key, by its locker, or judged by the state of what it concerned.

May not repeat a call. Non-obvious choice: a look-up proves or leaves open, it never guesses. Where the remote's state fits both
"it happened" and "it did not", the answer is Unknown, and a webhook or a person decides.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeAlias, cast

from ...machines import Answer, Done, Effect, Refused, TryLater, Unknown
from ..answers import certain
from ..line import Line
from ..operation import Idempotency, Reply
from ..page import Page, Pages
from ..reading import read
from ..tolerant import Tolerant
from .deeds import external, learnt, locker_in, of_bloq, of_rent, placed
from .proofs import PROOFS, Verdict, verdict
from .translate import rent_facts, state_word, states_been, states_told
from .wire import Rent, WebhookEvent

READ, HISTORY = "bloqit.rents.get", "bloqit.rents.history"
ACTIVE = "bloqit.rents.list_active"
NOT_FOUND = 404
MOST_PAGES = 20
"""Pages of active rents that are searched for one on a locker; more than any site has doors."""

Look: TypeAlias = Callable[[Line, Effect], Answer]


def _by_external_id(reading: str, teaches: Callable[[Effect, Tolerant], Done]) -> Look:
    """A creation is found by the key that went along with it."""

    def look(line: Line, effect: Effect) -> Answer:
        exchange = line.exchange(reading, external(effect))
        if isinstance(exchange, Reply) and exchange.status == NOT_FOUND:
            return TryLater(f"nothing has the external id {effect.case_key!r}, so it was not created")
        return certain(line.answer(reading, exchange, done=lambda answer: teaches(effect, answer)))

    return look


def _by_locker(line: Line, effect: Effect) -> Answer:
    """A store or a send has no external id; it is the one unfinished rent that has its locker."""
    locker = effect.data.get("locker_id")
    way: Pages[Rent] = Pages({"rentType": effect.kind, "bloqID": effect.data.get("bloq_id"), "page": 1, "limit": 100})
    for _ in range(MOST_PAGES):
        exchange = line.exchange(ACTIVE, way.parameters)
        found = read(line.operation(ACTIVE), exchange) if isinstance(exchange, Reply) else exchange
        if not isinstance(found, Page):
            return Unknown(f"the rents could not be read: {found}")
        for rent in way.fresh(cast("Page[Rent]", found)):
            if rent.locker.id == locker:
                return learnt(effect, rent)
        if not way.more:
            return TryLater(f"no active {effect.kind} has the locker {locker!r}, so it was not started")
    return Unknown(f"there are too many active rents to find the one that has the locker {locker!r}")


def _by_door(line: Line, effect: Effect) -> Answer:
    """An open door has been opened. A closed one may have been, and was closed again."""
    exchange = line.exchange("bloqit.bloqs.get", of_bloq(effect))
    found = read(line.operation("bloqit.bloqs.get"), exchange) if isinstance(exchange, Reply) else exchange
    if not isinstance(found, Tolerant):
        return Unknown(f"the bloq could not be read: {found}")
    locker = locker_in(effect, found)
    return Done() if locker.is_open else Unknown(f"the locker {locker.id} is not open now; it may have been in between")


def _turned(line: Line, effect: Effect) -> Answer:
    """A delivery that is a return now has been turned into one."""
    answer = line.call(READ, of_rent(effect), done=lambda answer: Done({"type": cast("Rent", answer).type}))
    if not isinstance(answer, Done):
        return certain(answer)
    if answer.data.get("type") == "return":
        return Done()
    return TryLater(f"the rent is still a {answer.data.get('type')}, so it was not turned into a return")


LOOKS: Mapping[str, Look] = MappingProxyType(
    {
        "bloqit.deliveries.create": _by_external_id("bloqit.rents.get_by_external_id", learnt),
        "bloqit.returns.create": _by_external_id("bloqit.rents.get_by_external_id", learnt),
        "bloqit.locations.create": _by_external_id("bloqit.locations.get_by_external_id", placed),
        "bloqit.stores.start": _by_locker,
        "bloqit.sends.start": _by_locker,
        "bloqit.lockers.open": _by_door,
        "bloqit.lockers.open_bulk": _by_door,
        "bloqit.lockers.open_or_collect": _by_door,
        "bloqit.deliveries.return_": _turned,
    }
)
"""By operation; those of `PROOFS` are judged by the rent's state."""


def proven(line: Line, effect: Effect) -> Answer:
    """What the rent itself proves about a call that concerned it."""
    if effect.remote_id is None:
        return Refused(f"{effect.operation} was never called: the case has no remote id")
    exchange = line.exchange(READ, of_rent(effect))
    if not isinstance(exchange, Reply):
        return Unknown(f"the rent could not be read: {exchange.reason}")
    rent = read(line.operation(READ), exchange)
    return _judged(line, effect, rent) if isinstance(rent, Rent) else Unknown(f"the rent could not be read: {rent}")


def _judged(line: Line, effect: Effect, rent: Rent) -> Answer:
    state = state_word(rent.state or "")
    says = f"the rent {rent.id} is {state or 'in no state'}"
    match _verdict(line, effect, rent, state):
        case Verdict.HAPPENED:
            return Done(rent_facts(rent))
        case Verdict.NOT_YET:
            return TryLater(f"{says}: {effect.operation} did not happen")
        case Verdict.NEVER:
            return Refused(f"{says}: {effect.operation} did not happen and no longer can")
        case _:
            return _undecided(line, effect, says)


def _verdict(line: Line, effect: Effect, rent: Rent, state: str) -> Verdict:
    proof, been = PROOFS[effect.operation], states_been(rent)
    found = verdict(proof, state, been=been)
    if found is not Verdict.OPEN or been:
        return found
    # The samples elide `states[]` (B:1624); the history says the same in events.
    exchange = line.exchange(HISTORY, of_rent(effect))
    told: Any = read(line.operation(HISTORY), exchange) if isinstance(exchange, Reply) else None
    return verdict(proof, state, been=states_told(cast("Page[WebhookEvent]", told))) if isinstance(told, Page) else found


def _undecided(line: Line, effect: Effect, says: str) -> Answer:
    if line.operation(effect.operation).idempotency is Idempotency.REPEATABLE:
        return TryLater(f"{says}: that proves nothing, and repeating {effect.operation} is harmless")
    return Unknown(f"{says}: that does not prove what became of {effect.operation}")
