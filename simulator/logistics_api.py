"""The routes of the pretend Blink Logistics.

May not decide anything about a task. Non-obvious choice: the document shows no error body; a refusal names the fields at fault.
"""

from hmac import compare_digest
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator
from starlette.datastructures import Headers

from .contract import Contract, Query, Schema, maybe, shape, thing
from .forms import read_form
from .values import Latitude, Longitude, Money, Phone, Text, Time, number
from .web import Answer, Call, Door, Operation, bearer
from .words import Cause, JsonObject, RefusedError, instant, iso
from .world import World

Kind = Annotated[Literal[1, 2], BeforeValidator(number)]
"""1 for a normal task, 2 for a return (K:195)."""


class _Extras(BaseModel):
    """What is optional in both (K:176-181, 183-184, 186)."""

    discountCode: str | None = None  # noqa: N815 - here and below: the vendor's names, so that errors name them
    tax: Money | None = None
    taxPercent: Money | None = None  # noqa: N815
    discount: Money | None = None
    deliveryCharges: Money | None = None  # noqa: N815
    subTotal: Money | None = None  # noqa: N815
    description: str | None = None
    instruction: str | None = None
    customerEmail: str | None = None  # noqa: N815


class TaskForm(_Extras):
    """Body of a task's creation (K:173-195)."""

    mappingKey: Text  # noqa: N815
    mappingCode: Text  # noqa: N815
    mappingBranchId: Text  # noqa: N815
    paymentType: Literal["COD", "ONLINE"]  # noqa: N815
    customerName: Text  # noqa: N815
    customerAddress: Text  # noqa: N815
    customerPhone: Phone  # noqa: N815
    lat: Latitude
    lng: Longitude
    pickUpTime: Time  # noqa: N815
    deliveryTime: Time  # noqa: N815
    type: Kind


class TaskChanges(_Extras):
    """Body of a task's update: the id travels in it, and the type (K:209, 227); the rest is optional."""

    taskId: Text  # noqa: N815
    type: Kind
    paymentType: Literal["COD", "ONLINE"] | None = None  # noqa: N815
    customerName: Text | None = None  # noqa: N815
    customerAddress: Text | None = None  # noqa: N815
    customerPhone: Phone | None = None  # noqa: N815
    lat: Latitude | None = None
    lng: Longitude | None = None
    pickUpTime: Time | None = None  # noqa: N815
    deliveryTime: Time | None = None  # noqa: N815


def _check_times(form: JsonObject) -> None:
    """Refuse a task that is delivered before it is picked up."""
    picked, delivered = instant(str(form["pickUpTime"])), instant(str(form["deliveryTime"]))
    if picked > delivered:
        message = f"deliveryTime must not be before pickUpTime {iso(picked)}, got {iso(delivered)}"
        raise RefusedError(400, "deliveryTimeInvalid", message=message, fields=("deliveryTime",))


_MAPPING_KEY = Query("mappingKey", "The partner's own id of the task (K:235).", required=True)


def _create_task(world: World, call: Call) -> Answer:
    read_form(TaskForm, call.body)
    _check_times(call.body)
    task = world.logistics.create(call.body, cause=Cause(call.operation, "public_api", "partner"))
    world.riders.meet(task)
    return Answer(task.short(), 201)


def _update_task(world: World, call: Call) -> Answer:
    task_id = read_form(TaskChanges, call.body).taskId
    if task_id not in world.logistics.tasks:
        raise RefusedError(404, "taskNotFound", message=f"There is no task {task_id}.")
    task = world.logistics.tasks[task_id]
    _check_times(task.form | _sent(call.body))
    world.logistics.update(task, _sent(call.body), cause=Cause(call.operation, "public_api", "partner"))
    return Answer(task.short(), world.settings.update_status)  # 201 for an update, too (K:232)


def _sent(body: JsonObject) -> JsonObject:
    """What an update really says: null says nothing."""
    return {name: value for name, value in body.items() if value is not None}


def _task_status(world: World, call: Call) -> Answer:
    key = call.text(_MAPPING_KEY)
    found = [task for task in world.logistics.tasks.values() if task.key == key]
    if not key:
        raise RefusedError(400, "mappingKeyInvalid", message="mappingKey is required.", fields=("mappingKey",))
    if not found:
        raise RefusedError(404, "taskNotFound", message="There is no task with this mappingKey.")
    return Answer(world.logistics.status(found[-1]))


def _admit_to_logistics(world: World, headers: Headers) -> None:
    if not compare_digest(bearer(headers).encode(), world.settings.logistics_token.encode()):
        raise RefusedError(401, "unauthorized", message="Unauthenticated.")


def _word_logistics(refused: RefusedError) -> JsonObject:
    errors: JsonObject = dict.fromkeys(refused.fields, "missing or invalid")
    return {"message": refused.message, "errors": errors}


_TEXT: Schema = {"type": "string"}
_EVENT: Schema = {"eventId": {"type": "integer", "minimum": 20, "maximum": 29}, "event": _TEXT}
_SHORT: Schema = {"taskId": _TEXT, "type": {"enum": [1, 2]}}
_SHAPES = {
    "Task": thing(_EVENT | {"data": thing(_SHORT)}) | {"description": "K:202, 234."},
    "TaskStatus": thing(
        _EVENT | {"data": thing(_SHORT | {"reason": _TEXT, "agent": maybe({"type": "object"}), "trackingLink": _TEXT})}
    )
    | {"description": "K:246; nobody is the agent of a task that nobody has."},
    "Error": thing({"message": _TEXT, "errors": {"type": "object", "additionalProperties": _TEXT}})
    | {"description": "The document shows no error body: the fields at fault."},
}
_KEY: Schema = {"type": "http", "scheme": "bearer", "description": "The static token of the portal (K:165)."}
_CREATE = Contract("Create task (K:169)", shape("Task"), body=TaskForm, status=201, errors=(409,))
_UPDATE = Contract("Update task, its id in the body: 201, too (K:203, 232)", shape("Task"), (), TaskChanges, 201, (404, 409))
_STATUS = Contract("Get status: the sample uses PUT (K:235, 243)", shape("TaskStatus"), (_MAPPING_KEY,), errors=(404,))

LOGISTICS = Door(
    _admit_to_logistics,
    _word_logistics,
    (
        Operation("logistics.tasks.create", "POST", ("/api/client/task",), _create_task, contract=_CREATE),
        Operation("logistics.tasks.update", "PUT", ("/api/client/task",), _update_task, contract=_UPDATE),
        *(
            Operation("logistics.tasks.status", method, ("/api/client/task/status",), _task_status, contract=_STATUS)
            for method in ("GET", "PUT")
        ),
    ),
    _SHAPES,
    _KEY,
)
"""K:165-262."""
