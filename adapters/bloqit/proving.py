"""How it is told by Bloq.it's rents and lockers whether a call took effect; the one way, for the caller and for both clients.

May not repeat a call nor send anything itself. Non-obvious choice: a look-up proves or leaves open, it never guesses. Where what
the remote has fits both "it happened" and "it did not", the verdict is `OPEN`, and a webhook or a person decides.
"""

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import cast

from ..page import Page
from ..plan import Plan
from ..proof import Proven, Proving, Reading, Verdict
from ..tolerant import text_of
from .proofs import PROOFS, WAITING, verdict
from .translate import state_word, states_been, states_told
from .wire import Bloq, Rent, WebhookEvent

READ, HISTORY, BLOQ = "bloqit.rents.get", "bloqit.rents.history", "bloqit.bloqs.get"
Given = Mapping[str, object]
"""What the call was made with, under the document's names."""


def by_state(operation: str, given: Given, reading: Reading) -> Plan[Proven]:
    """The rent's state, and its history where that alone does not tell, by the rules of `PROOFS`."""
    rent = yield from reading(READ, {"rentID": given["rentID"]})
    if not isinstance(rent, Rent):
        return Proven(Verdict.OPEN, f"the rent could not be read: {rent}")
    proof, state, been = PROOFS[operation], state_word(rent.state or ""), states_been(rent)
    says = f"the rent {rent.id} is {state or 'in no state'}"
    found = verdict(proof, state, been=been)
    if found is not Verdict.OPEN or been:
        return Proven(found, says, rent)
    # The samples elide `states[]` (B:1624); the history says the same in events.
    told = yield from reading(HISTORY, {"rentID": given["rentID"]})
    if isinstance(told, Page):
        found = verdict(proof, state, been=states_told(cast("Page[WebhookEvent]", told)))
    return Proven(found, says, rent)


def by_type(given: Given, reading: Reading) -> Plan[Proven]:
    """A delivery that is a return now has been turned into one."""
    rent = yield from reading(READ, {"rentID": given["rentID"]})
    if not isinstance(rent, Rent):
        return Proven(Verdict.OPEN, f"the rent could not be read: {rent}")
    return Proven(Verdict.HAPPENED if rent.type == "return" else Verdict.NOT_YET, f"the rent {rent.id} is a {rent.type}", rent)


def by_locker(given: Given, reading: Reading) -> Plan[Proven]:
    """A rent that has the locker that was asked for, or one of the size that was, has got it."""
    rent = yield from reading(READ, {"rentID": given["rentID"]})
    if not isinstance(rent, Rent):
        return Proven(Verdict.OPEN, f"the rent could not be read: {rent}")
    state = state_word(rent.state or "")
    says = f"the rent {rent.id} is {state or 'in no state'} and has {rent.locker.id or 'no locker'}"
    if _fits(given, rent):
        return Proven(Verdict.HAPPENED, says, rent)
    # Another locker than was asked for was there before. By size that is less certain: not every answer tells the size.
    if given.get("lockerID") or rent.locker.id is None:
        return Proven(Verdict.NOT_YET if state in WAITING else Verdict.NEVER, says, rent)
    return Proven(Verdict.OPEN, says, rent)


def _fits(given: Given, rent: Rent) -> bool:
    if rent.locker.id is None or given.get("lockerID"):
        return rent.locker.id is not None and rent.locker.id == text_of(given["lockerID"])
    known = rent.locker.embedded
    bloq = rent.bloq.id or (None if known is None else known.bloq)
    size = None if known is None or known.type is None else known.type.upper()
    asked = (text_of(given.get("lockerType")) or "").upper()
    return size == asked and text_of(given.get("bloqID")) in {None, bloq}


def by_door(given: Given, reading: Reading) -> Plan[Proven]:
    """A door that is closed has been closed."""
    bloq = yield from reading(BLOQ, {"bloqID": given["bloqID"]})
    if not isinstance(bloq, Bloq):
        return Proven(Verdict.OPEN, f"the bloq could not be read: {bloq}")
    locker = next((one for one in bloq.lockers if one.id == text_of(given["lockerID"])), None)
    if locker is None or locker.is_open is None:
        return Proven(Verdict.OPEN, f"the bloq {bloq.id} does not say whether the locker is open")
    if locker.is_open:
        return Proven(Verdict.NOT_YET, f"the locker {locker.id} is open", locker)
    return Proven(Verdict.HAPPENED, f"the locker {locker.id} is closed", locker)


PROVINGS: Mapping[str, Proving] = MappingProxyType(
    {
        **{operation: partial(by_state, operation) for operation in PROOFS},
        "bloqit.deliveries.return_": by_type,
        "bloqit.deliveries.select_locker": by_locker,
        "bloqit.returns.reserve_locker": by_locker,
        "bloqit.lockers.close": by_door,
    }
)
"""By operation."""
