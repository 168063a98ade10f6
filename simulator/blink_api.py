"""The routes of the pretend Blink and the pretend Blink Logistics.

May not decide anything about an order or a task. Non-obvious choice: neither document shows an error body; Blink's refusals
use the envelope of its other answers (K:131) with `success: false`, those of Logistics name the fields at fault.
"""

from hmac import compare_digest
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from starlette.datastructures import Headers

from .blink import BRANCHES
from .forms import read_form
from .web import Answer, Call, Door, Operation, bearer
from .words import Cause, Json, JsonObject, RefusedError, instant
from .world import World

UNPROCESSABLE = 422
"""What Blink answers to a request that it understands and refuses; its paginator (K:136) is Laravel's, and so is this."""


def _required(value: object) -> object:
    if isinstance(value, str) and not value.strip():
        raise ValueError("required")
    return value


def _time(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError("not a datetime")  # noqa: TRY004 - pydantic turns only a ValueError into a validation error
    instant(value)
    return value


def _number(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("not a number")  # noqa: TRY004 - as above; JSON's true would pass for 1
    return value


Text = Annotated[str, BeforeValidator(_required)]
Time = Annotated[str, BeforeValidator(_time)]
Kind = Annotated[Literal[1, 2], BeforeValidator(_number)]
"""1 for a normal task, 2 for a return (K:195)."""


class Login(BaseModel):
    """Body of the login (K:9-13)."""

    username: Text
    password: Text


class StatusForm(BaseModel):
    """Body of the order status request (K:158-164). `comment` is typed int in the table and a string in the sample."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    blink_order_id: Text
    status: Annotated[int, BeforeValidator(_number), Field(ge=0, le=4)]
    comment: str | None = None


class TaskForm(BaseModel):
    """Body of a task's creation: what is required (K:173-195)."""

    mappingKey: Text  # noqa: N815 - here and below: the vendor's names, so that errors name them
    mappingCode: Text  # noqa: N815
    mappingBranchId: Text  # noqa: N815
    paymentType: Literal["COD", "ONLINE"]  # noqa: N815
    customerName: Text  # noqa: N815
    customerAddress: Text  # noqa: N815
    customerPhone: Text  # noqa: N815
    lat: Text
    lng: Text
    pickUpTime: Time  # noqa: N815
    deliveryTime: Time  # noqa: N815
    type: Kind


class TaskChanges(BaseModel):
    """Body of a task's update: the id travels in it (K:209, 227); the rest is optional."""

    taskId: Text  # noqa: N815
    type: Kind
    paymentType: Literal["COD", "ONLINE"] | None = None  # noqa: N815
    pickUpTime: Time | None = None  # noqa: N815
    deliveryTime: Time | None = None  # noqa: N815


def _login(world: World, call: Call) -> Answer:
    form = read_form(Login, call.body)
    return Answer({"token_type": "Bearer", "access_token": world.blink.login(form.username, form.password)})


def _branches(_world: World, _call: Call) -> Answer:
    return Answer(_envelope(BRANCHES))


def _sync_status(world: World, call: Call) -> Answer:
    form = _status_form(call.body)
    order = world.blink.orders.get(form.blink_order_id)
    if order is None:
        raise RefusedError(UNPROCESSABLE, "orderInvalid", message="The selected blink_order_id is invalid.")
    try:
        world.blink.sync(order, form.status, comment=form.comment or "", cause=Cause(call.operation, "public_api", "partner"))
    except RefusedError as refused:
        raise RefusedError(UNPROCESSABLE, refused.code, message=refused.message) from refused
    return Answer(_envelope(None))


def _status_form(body: JsonObject) -> StatusForm:
    rejected = 4
    form = read_form(StatusForm, body)
    if form.status == rejected and not (form.comment or "").strip():
        raise RefusedError(400, "commentInvalid", message="comment is required if status is 4", fields=("comment",))
    return form


def _create_task(world: World, call: Call) -> Answer:
    read_form(TaskForm, call.body)
    return Answer(world.logistics.create(call.body, cause=Cause(call.operation, "public_api", "partner")).short(), 201)


def _update_task(world: World, call: Call) -> Answer:
    task_id = read_form(TaskChanges, call.body).taskId
    if task_id not in world.logistics.tasks:
        raise RefusedError(404, "taskNotFound", message=f"There is no task {task_id}.")
    task = world.logistics.tasks[task_id]
    world.logistics.update(task, call.body, cause=Cause(call.operation, "public_api", "partner"))
    return Answer(task.short(), 201)  # 201 for an update, too (K:232)


def _task_status(world: World, call: Call) -> Answer:
    key = call.query.get("mappingKey", "")
    found = [task for task in world.logistics.tasks.values() if task.key == key]
    if not key:
        raise RefusedError(400, "mappingKeyInvalid", message="mappingKey is required.", fields=("mappingKey",))
    if not found:
        raise RefusedError(404, "taskNotFound", message="There is no task with this mappingKey.")
    return Answer(found[-1].view())


def _envelope(data: Json) -> JsonObject:
    return {"msg": "Success", "success": True, "error": None, "data": data}


def _admit_to_blink(world: World, headers: Headers) -> None:
    world.blink.admit(bearer(headers))


def _admit_to_logistics(world: World, headers: Headers) -> None:
    if not compare_digest(bearer(headers).encode(), world.settings.logistics_token.encode()):
        raise RefusedError(401, "unauthorized", message="Unauthenticated.")


def _word_blink(refused: RefusedError) -> JsonObject:
    return {"msg": refused.message, "success": False, "error": refused.code, "data": None}


def _word_logistics(refused: RefusedError) -> JsonObject:
    errors: JsonObject = dict.fromkeys(refused.fields, "missing or invalid")
    return {"message": refused.message, "errors": errors}


BLINK = Door(
    _admit_to_blink,
    _word_blink,
    (
        Operation("blink.auth.login", "POST", ("/interface/v1/login",), _login, public=True),
        # The heading says POST and its sample says GET (K:128, 129).
        Operation("blink.branches.list", "GET", ("/interface/v1/branches",), _branches),
        Operation("blink.branches.list", "POST", ("/interface/v1/branches",), _branches),
        Operation("blink.orders.sync_status", "POST", ("/interface/v1/syncOrderStatus",), _sync_status),
    ),
)
"""K:1-164."""

LOGISTICS = Door(
    _admit_to_logistics,
    _word_logistics,
    (
        Operation("logistics.tasks.create", "POST", ("/api/client/task",), _create_task),
        Operation("logistics.tasks.update", "PUT", ("/api/client/task",), _update_task),
        *(
            # Its sample uses PUT (K:243).
            Operation("logistics.tasks.status", method, ("/api/client/task/status",), _task_status)
            for method in ("GET", "PUT")
        ),
    ),
)
"""K:165-262."""
