"""What an effect of a case becomes at Bloq.it: which parameters it is called with, and what its answer teaches.

May not call anything nor read a clock. Non-obvious choice: what replaces something (a locker, a limit, a code) is taken from the
wish alone. A fact that the case merely knows would be sent again as if somebody had asked for it (B:2566).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias, cast

from ...machines import TOGETHER, BadParametersError, Done, Effect, Facts, Json
from ...machines.vendor import RENT_TYPE
from ..tolerant import Tolerant, object_of, present, text_of
from .notices import late_update
from .translate import rent_facts, state_word
from .wire import Bloq, Location, Locker, Rent

Parameters: TypeAlias = dict[str, object]
Teaching: TypeAlias = Callable[[Effect, Tolerant], Done]

PLACED: Mapping[str, str] = MappingProxyType({"lockerID": "locker_id", "bloqID": "bloq_id", "customerID": "customer_id"})
LIMITS: Mapping[str, str] = MappingProxyType({"expiryDate": "expiry_at", "deliveryDateLimit": "dropoff_limit_at"})
CREATED: Mapping[str, str] = MappingProxyType(
    {**PLACED, **LIMITS, "notificationOptions": "notification_options", "pickUpCodes": "pickup_codes"}
)
"""What the creation of a delivery and of a return have in common."""

DELIVERY: Mapping[str, str] = MappingProxyType(
    {
        **CREATED,
        "collectTimeLimit": "collect_limit_hours",
        "pickUpCode": "pickup_code",
        "dropOffCode": "dropoff_code",
        "desiredLockerType": "locker_type",
        "labelContent": "label_content",
        "labelTemplateID": "label_template_id",
        "operationType": "operation_type",
        "carrier": "carrier",
        "prePickUpActions": "pre_pickup_actions",
    }
)
RETURN: Mapping[str, str] = MappingProxyType(
    # Its collectTimeLimit is an instant (A9, B:2930), other than a delivery's.
    {**CREATED, "collectTimeLimit": "collect_limit_at", "lockerType": "locker_type", "rentID": "previous_rent_id"}
)
STARTED: Mapping[str, str] = MappingProxyType(
    {"lockerID": "locker_id", "customerID": "customer_id", "pickUpCodes": "pickup_codes"}
)
LOCATION: Mapping[str, str] = MappingProxyType({name: name for name in ("address", "latitude", "longitude", "name", "metadata")})


def _of(facts: Facts, names: Mapping[str, str]) -> Parameters:
    return {name: facts.get(fact) for name, fact in names.items()}


def of_rent(effect: Effect) -> Parameters:
    """Only the rent."""
    return {"rentID": effect.remote_id}


def external(effect: Effect) -> Parameters:
    """The key of a case, under which it is found again."""
    return {"externalID": effect.case_key}


def _delivery(effect: Effect) -> Parameters:
    return {**_of(effect.data, DELIVERY), **_somebody(effect.data), **external(effect)}


def _return(effect: Effect) -> Parameters:
    return {**_of(effect.data, RETURN), **_somebody(effect.data), **external(effect)}


def _somebody(facts: Facts) -> Parameters:
    """The customer fact, or what an order says of its customer; only where there is no customerID (B:2448)."""
    if facts.get("customer_id"):
        return {}
    told = object_of(facts.get("customer"))
    names = {"name": "name", "email": "email", "phoneNumber": "phone"}
    person = {name: told.get(part) or facts.get(f"customer_{part}") for name, part in names.items()}
    return {"customer": present(person) or None}


def _make(effect: Effect) -> Parameters:
    return {**of_rent(effect), "lockerID": effect.wish.get("locker_id")}


def _select(effect: Effect) -> Parameters:
    wished = {"lockerID": effect.wish.get("locker_id"), "lockerType": effect.wish.get("locker_type")}
    return {**of_rent(effect), "bloqID": effect.data.get("bloq_id"), **wished}


def _reserve(effect: Effect) -> Parameters:
    return {**_select(effect), "customerID": effect.data.get("customer_id")}


def _until(effect: Effect) -> Parameters:
    return {**of_rent(effect), "expiryDate": effect.wish.get("expiry_at")}


def _update(effect: Effect) -> Parameters:
    names = {name: fact for name, fact in {**DELIVERY, "externalID": "external_id"}.items() if fact in effect.wish}
    if "collect_limit_at" in effect.wish:
        names["collectTimeLimit"] = "collect_limit_at"
    return {**of_rent(effect), **_of(effect.wish, names)}


def _start(effect: Effect) -> Parameters:
    return _of(effect.data, STARTED)


def _send(effect: Effect) -> Parameters:
    return {**_start(effect), "phoneNumber": effect.data.get("phone_number")}


def _end(effect: Effect) -> Parameters:
    return {**of_rent(effect), "openLocker": effect.trigger == "end_requested_open"}


def _place(effect: Effect) -> Parameters:
    return {**_of(effect.data, LOCATION), **external(effect)}


def _churn(effect: Effect) -> Parameters:
    return {**external(effect), "state": "churned"}


def _locker_id(effect: Effect) -> str:
    return effect.remote_id or effect.case_key


def _of_locker(effect: Effect) -> Parameters:
    return {"bloqID": effect.data.get("bloq_id"), "lockerID": _locker_id(effect)}


def _lockers(effect: Effect) -> Parameters:
    return {"bloqID": effect.data.get("bloq_id"), "lockers": effect.wish.get("lockers") or [_locker_id(effect)]}


def _available(effect: Effect) -> Parameters:
    return {**_of_locker(effect), "active": effect.trigger == "enable"}


def of_bloq(effect: Effect) -> Parameters:
    """The bloq in which a locker is."""
    return {"bloqID": effect.data.get("bloq_id")}


def nothing(_effect: Effect, _answer: Tolerant) -> Done:
    """The call took effect, and its answer teaches nothing that we would rely on."""
    return Done()


def learnt(effect: Effect, answer: Tolerant) -> Done:
    """What the answer to a creation, or the rent that a look-up found, teaches.

    A rent of another type than its case is a fact worth keeping and no reason to follow it differently (A28, D19).
    """
    rent = cast("Rent", answer)  # the answer model of every operation that this is given to
    facts = rent_facts(rent)
    if rent.type is not None and RENT_TYPE.read(rent.type) != effect.kind:
        facts["remote_type"] = rent.type.raw
    return Done(facts, remote_id=rent.id)


def _updated(effect: Effect, answer: Tolerant) -> Done:
    late_update(_update(effect), cast("Rent", answer).state)
    return Done()


def _read(effect: Effect, answer: Tolerant) -> Done:
    rent, done = cast("Rent", answer), learnt(effect, answer)
    return done if rent.state is None else Done({"state": state_word(rent.state), **done.data}, remote_id=done.remote_id)


def placed(effect: Effect, answer: Tolerant) -> Done:
    """A location goes by its externalID, since no answer shows another id (A24)."""
    location = cast("Location", answer)
    return Done(present({"name": location.name}), remote_id=location.external_id or effect.case_key)


def _place_read(effect: Effect, answer: Tolerant) -> Done:
    location, done = cast("Location", answer), placed(effect, answer)
    return done if location.state is None else Done({"state": str(location.state), **done.data}, remote_id=done.remote_id)


def locker_in(effect: Effect, answer: Tolerant) -> Locker:
    """The case's locker, as its bloq shows it.

    Raises:
        BadParametersError: The bloq has no such locker.
    """
    bloq, wanted = cast("Bloq", answer), _locker_id(effect)
    for locker in bloq.lockers:
        if locker.id == wanted:
            return locker
    raise BadParametersError(f"the bloq {bloq.id} has no locker {wanted!r}; it has {len(bloq.lockers)}")


def _locker_read(effect: Effect, answer: Tolerant) -> Done:
    locker = locker_in(effect, answer)
    facts: dict[str, Json] = present({"rent": locker.rent, "locker_type": text_of(locker.type)})
    if locker.is_open is None or locker.active is None:
        return Done(facts, remote_id=locker.id)  # half a state would be a guess about the other half
    words = (
        "open" if locker.is_open else "closed",
        "active" if locker.active else "inactive",
        "free" if locker.rent is None else "allocated",
    )
    return Done({**facts, "state": TOGETHER.join(words)}, remote_id=locker.id)


@dataclass(frozen=True, slots=True)
class Deed:
    """How one operation serves a case.

    Attributes:
        parameters: What an effect is called with, under the document's names.
        teaches: What its answer teaches. The answer to a command teaches facts but never a state (A26); only a read does.
    """

    parameters: Callable[[Effect], Parameters] = of_rent
    teaches: Teaching = nothing


DEEDS: Mapping[str, Deed] = MappingProxyType(
    {
        "bloqit.deliveries.create": Deed(_delivery, learnt),
        "bloqit.deliveries.make": Deed(_make),
        "bloqit.deliveries.notify": Deed(),
        "bloqit.deliveries.ready_for_pickup": Deed(),
        "bloqit.deliveries.in_transit": Deed(),
        "bloqit.deliveries.select_locker": Deed(_select),
        "bloqit.deliveries.return_": Deed(_until),
        "bloqit.returns.create": Deed(_return, learnt),
        "bloqit.returns.reserve_locker": Deed(_reserve),
        "bloqit.returns.finish": Deed(),
        "bloqit.stores.start": Deed(_start, learnt),
        "bloqit.stores.end": Deed(_end),
        "bloqit.sends.start": Deed(_send, learnt),
        "bloqit.rents.get": Deed(teaches=_read),
        "bloqit.rents.get_by_external_id": Deed(external, _read),
        "bloqit.rents.update": Deed(_update, _updated),
        "bloqit.rents.extend": Deed(_until),
        "bloqit.rents.open_locker": Deed(),
        "bloqit.rents.cancel": Deed(),
        "bloqit.rents.collect": Deed(),
        "bloqit.rents.finish": Deed(),
        "bloqit.rent_sims.keypad": Deed(),
        "bloqit.rent_sims.close": Deed(),
        "bloqit.lockers.open": Deed(_of_locker),
        "bloqit.lockers.open_bulk": Deed(_lockers),
        "bloqit.lockers.open_or_collect": Deed(_of_locker),
        "bloqit.lockers.set_availability": Deed(_available),
        "bloqit.bloqs.get": Deed(of_bloq, _locker_read),
        "bloqit.locations.create": Deed(_place, placed),
        "bloqit.locations.update_by_external_id": Deed(_churn),
        "bloqit.locations.get_by_external_id": Deed(external, _place_read),
    }
)
"""By operation; what is not here concerns no case."""
