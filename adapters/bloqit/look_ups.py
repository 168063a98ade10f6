"""What became of a call whose answer was lost: found by its key, by its locker, or judged by the state of what it concerned.

May not repeat a call. Non-obvious choice: a look-up proves or leaves open, it never guesses. Where the remote's state fits both
"it happened" and "it did not", the answer is Unknown, and a webhook or a person decides.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeAlias, cast

from ...machines import Answer, BadBodyError, Done, Effect, Refused, TryLater, Unknown
from ..answers import certain
from ..line import Line
from ..operation import Reply
from ..page import Page, Pages
from ..proof import Verdict
from ..reading import outcome
from ..tolerant import Tolerant
from .deeds import DEEDS, external, learnt, locker_in, of_bloq, of_rent, placed
from .proving import BLOQ, HISTORY, PROVINGS
from .translate import rent_facts
from .wire import Rent, WebhookEvent

NOTIFIED = "rent.automatic_notification_sent"
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
        found = outcome(line.operation(ACTIVE), line.exchange(ACTIVE, way.parameters))
        if not isinstance(found, Page):
            return Unknown(f"the rents could not be read: {found}")
        try:
            rents = way.fresh(cast("Page[Rent]", found))
        except BadBodyError as error:
            return Unknown(f"the rents could not be read: {error}")
        for rent in rents:
            if rent.locker.id == locker:
                return learnt(effect, rent)
        if not way.more:
            return TryLater(f"no active {effect.kind} has the locker {locker!r}, so it was not started")
    return Unknown(f"there are too many active rents to find the one that has the locker {locker!r}")


def _by_door(line: Line, effect: Effect) -> Answer:
    """An open door has been opened. A closed one may have been, and was closed again."""
    found = outcome(line.operation(BLOQ), line.exchange(BLOQ, of_bloq(effect)))
    if not isinstance(found, Tolerant):
        return Unknown(f"the bloq could not be read: {found}")
    locker = locker_in(effect, found)
    return Done() if locker.is_open else Unknown(f"the locker {locker.id} is not open now; it may have been in between")


def _by_notice(line: Line, effect: Effect) -> Answer:
    """A customer who was told is not told again, and one who perhaps was not is a matter for a person (B:2609)."""
    # "An automatic notification was sent" is the event of a notice that we asked for, and of one that nobody did (B:3467).
    told: Any = outcome(line.operation(HISTORY), line.exchange(HISTORY, of_rent(effect)))
    if not isinstance(told, Page):
        return Unknown(f"the history could not be read: {told}")
    events = [event.name for event in cast("Page[WebhookEvent]", told).docs]
    if NOTIFIED in events:
        return Done()
    return Refused(f"nobody knows whether {effect.operation} notified the customer, and a notice is not repeated unasked")


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
        "bloqit.deliveries.notify": _by_notice,
    }
)
"""By operation; those of `PROVINGS` are judged as the clients judge them."""


def proven(line: Line, effect: Effect) -> Answer:
    """What the remote proves about a call that concerned a rent."""
    if effect.remote_id is None:
        return Refused(f"{effect.operation} was never called: the case has no remote id")
    found = line.driven(PROVINGS[effect.operation](DEEDS[effect.operation].parameters(effect), line.reading))
    match found.verdict:
        case Verdict.HAPPENED:
            return Done(rent_facts(cast("Rent", found.read)))
        case Verdict.NOT_YET:
            return TryLater(f"{found.says}: {effect.operation} did not happen")
        case Verdict.NEVER:
            return Refused(f"{found.says}: {effect.operation} did not happen and no longer can")
        case _:
            return Unknown(f"{found.says}: that does not prove what became of {effect.operation}")
