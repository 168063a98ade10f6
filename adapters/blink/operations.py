"""Blink's operations that parcelflow calls, as data.

May not call anything. Non-obvious choice: telling a status is repeatable, because the same status told twice is the same
status; there is no way to read an order (K), so nothing else could be done about a lost answer.
"""

from collections.abc import Mapping
from types import MappingProxyType

from ..operation import Idempotency, Operation, RouteConfidence
from .wire import Envelope, Login, SyncStatus, Token

LOGIN = Operation(
    id="blink.auth.login",
    method="POST",
    path="/interface/v1/login",
    confidence=RouteConfidence.GIVEN,
    evidence=("K:7-16",),
    idempotency=Idempotency.SAFE,
    parameters=Login,
    answer=Token,
    refusals={401: "the credentials were refused"},
    accepted_is_unknown=False,
)

SYNC_STATUS = Operation(
    id="blink.orders.sync_status",
    method="POST",
    path="/interface/v1/syncOrderStatus",
    confidence=RouteConfidence.GIVEN,
    evidence=("K:139-164",),
    idempotency=Idempotency.REPEATABLE,
    parameters=SyncStatus,
    answer=Envelope,
    accepted_is_unknown=False,
)

OPERATIONS: Mapping[str, Operation] = MappingProxyType({operation.id: operation for operation in (LOGIN, SYNC_STATUS)})
