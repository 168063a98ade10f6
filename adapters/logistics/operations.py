"""Blink Logistics' operations that parcelflow calls, as data.

May not call anything. Non-obvious choice: nothing says that a mappingKey is unique (E2), so a creation is looked up before it is
tried again, or there would be two couriers.
"""

from collections.abc import Mapping
from types import MappingProxyType

from ..operation import Idempotency, Operation, RouteConfidence
from .wire import ByMappingKey, CreateTask, TaskNews

CREATE = Operation(
    id="logistics.tasks.create",
    method="POST",
    path="/api/client/task",
    confidence=RouteConfidence.GIVEN,
    evidence=("K:169-202",),
    idempotency=Idempotency.LOOK_UP_FIRST,
    parameters=CreateTask,
    answer=TaskNews,
)

STATUS = Operation(
    id="logistics.tasks.status",
    method="GET",
    path="/api/client/task/status",
    confidence=RouteConfidence.GIVEN,
    evidence=("K:235-246",),  # E4: one of the samples says PUT; the heading and two others say GET
    idempotency=Idempotency.SAFE,
    parameters=ByMappingKey,
    query=("mappingKey",),
    answer=TaskNews,
    refusals={404: "no task has this mappingKey"},
    accepted_is_unknown=False,
)

OPERATIONS: Mapping[str, Operation] = MappingProxyType({operation.id: operation for operation in (CREATE, STATUS)})
