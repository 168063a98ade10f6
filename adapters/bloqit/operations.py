"""Bloq.it's operations that parcelflow calls, as data.

May not call anything. Non-obvious choice: `deliveries.create` has no path in the document (A1, A2); the one here is what
Bloq.it's own test repository calls, and a route override can correct it.
"""

from collections.abc import Mapping
from types import MappingProxyType

from ..operation import Idempotency, Operation, RouteConfidence
from .wire import ByExternalId, CreateDelivery, CreateWebhook, History, Make, OfRent, Rent, Webhook

NO_SUCH_RENT = "no rent has this id"
WRONG_STATE = "the rent's state does not allow it (B:54)"
RENT_REFUSALS: Mapping[int, str] = MappingProxyType({404: NO_SUCH_RENT, 409: WRONG_STATE})
GIVEN, INFERRED, CONFIRMED = RouteConfidence.GIVEN, RouteConfidence.INFERRED, RouteConfidence.CONFIRMED

_ALL = (
    Operation(
        id="bloqit.deliveries.create",
        method="POST",
        path="/deliveries/reserveLocker",
        confidence=CONFIRMED,
        evidence=("B:2397-2547", "bloqit/qa-dcs-e2e-testing"),
        idempotency=Idempotency.LOOK_UP_FIRST,
        parameters=CreateDelivery,
        query=("lockerID", "bloqID", "customerID"),
        answer=Rent,
        refusals={409: "the locker is not free, or the state does not allow it (B:54)"},
    ),
    Operation(
        id="bloqit.rents.get",
        method="GET",
        path="/rents/{rentID}",
        confidence=GIVEN,
        evidence=("B:1686-1737",),
        idempotency=Idempotency.SAFE,
        parameters=OfRent,
        answer=Rent,
        refusals=RENT_REFUSALS,
        accepted_is_unknown=False,
    ),
    Operation(
        id="bloqit.rents.get_by_external_id",
        method="GET",
        path="/rents/external/{externalID}",
        confidence=GIVEN,
        evidence=("B:1586-1637",),
        idempotency=Idempotency.SAFE,
        parameters=ByExternalId,
        answer=Rent,
        refusals={404: "no rent has this external id"},
        accepted_is_unknown=False,
    ),
    Operation(
        id="bloqit.rents.history",
        method="GET",
        path="/rents/{rentID}/history",
        confidence=GIVEN,
        evidence=("B:1639-1684",),
        idempotency=Idempotency.SAFE,
        parameters=OfRent,
        query=("rentID",),  # A4: the sample has it in the path and in the query, the table only in the query
        answer=History,
        refusals=RENT_REFUSALS,
        accepted_is_unknown=False,
    ),
    Operation(
        id="bloqit.deliveries.make",
        method="PUT",
        path="/deliveries/{rentID}/make",
        confidence=GIVEN,
        evidence=("B:2549-2605",),
        idempotency=Idempotency.DOOR,
        parameters=Make,
        query=("lockerID",),
        answer=Rent,
        refusals=RENT_REFUSALS,
    ),
    Operation(
        id="bloqit.deliveries.notify",
        method="PUT",
        path="/deliveries/{rentID}/notify",
        confidence=GIVEN,
        evidence=("B:2607-2656",),
        idempotency=Idempotency.REPEATABLE,
        parameters=OfRent,
        answer=Rent,
        refusals={404: NO_SUCH_RENT, 409: "only a rent in_progress can be notified of (B:2609)"},
        accepted_is_unknown=False,
    ),
    Operation(
        id="bloqit.rents.cancel",
        method="PUT",
        path="/rents/{rentID}/cancel",
        confidence=GIVEN,
        evidence=("B:1956-2007",),
        idempotency=Idempotency.REPEATABLE,
        parameters=OfRent,
        answer=Rent,
        refusals=RENT_REFUSALS,
    ),
    Operation(
        id="bloqit.rents.collect",
        method="PUT",
        path="/rents/{rentID}/collect",
        confidence=GIVEN,
        evidence=("B:2009-2058",),
        idempotency=Idempotency.DOOR,
        parameters=OfRent,
        answer=Rent,
        refusals={404: NO_SUCH_RENT, 409: "only from in_progress, expired or cancelled (B:2011)"},
    ),
    Operation(
        id="bloqit.rents.finish",
        method="PUT",
        path="/rents/{rentID}/finish",
        confidence=GIVEN,
        evidence=("B:2060-2109",),
        idempotency=Idempotency.REPEATABLE,
        parameters=OfRent,
        answer=Rent,
        refusals={404: NO_SUCH_RENT, 409: "only from expired or cancelled (B:2062)"},
    ),
    Operation(
        id="bloqit.rent_sims.keypad",
        method="PUT",
        path="/rent-sims/{rentID}/lockers/keypad",
        confidence=GIVEN,
        evidence=("B:2115-2164",),
        idempotency=Idempotency.DOOR,
        parameters=OfRent,
        answer=Rent,
        refusals=RENT_REFUSALS,
    ),
    Operation(
        id="bloqit.rent_sims.close",
        method="PUT",
        path="/rent-sims/{rentID}/lockers/close",
        confidence=GIVEN,
        evidence=("B:2166-2215",),
        idempotency=Idempotency.LOOK_UP_FIRST,
        parameters=OfRent,
        answer=Rent,
        refusals=RENT_REFUSALS,
    ),
    Operation(
        id="bloqit.webhooks.create",
        method="POST",
        path="/webhooks",
        confidence=INFERRED,
        evidence=("B:3534-3579",),
        idempotency=Idempotency.LOOK_UP_FIRST,
        parameters=CreateWebhook,
        answer=Webhook,
    ),
)

OPERATIONS: Mapping[str, Operation] = MappingProxyType({operation.id: operation for operation in _ALL})
