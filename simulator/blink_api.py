"""The routes of the pretend Blink.

May not decide anything about an order or a menu. Non-obvious choice: the document shows no error body; a refusal uses the
envelope of the other answers (K:131) with `success: false`, and a menu's validation, which names fields, Laravel's shape.
"""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from starlette.datastructures import Headers

from .blink import BRANCHES
from .forms import read_form
from .menu import UNPROCESSABLE, MenuForm, StockForm, read
from .values import Text, number
from .web import Answer, Call, Door, Operation, bearer
from .words import Cause, Json, JsonObject, RefusedError
from .world import World


class Login(BaseModel):
    """Body of the login (K:9-13)."""

    username: Text
    password: Text


class StatusForm(BaseModel):
    """Body of the order status request (K:158-164). `comment` is typed int in the table and a string in the sample."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    blink_order_id: Text
    status: Annotated[int, BeforeValidator(number), Field(ge=0, le=4)]
    comment: str | None = None


def _login(world: World, call: Call) -> Answer:
    form = read_form(Login, call.body)
    return Answer({"token_type": "Bearer", "access_token": world.blink.login(form.username, form.password)})


def _branches(_world: World, _call: Call) -> Answer:
    return Answer(_envelope(BRANCHES))


def _customers(world: World, call: Call) -> Answer:
    page = call.query.get("page", "1")
    # Laravel reads whatever is no page as the first one.
    number = int(page) if page.isascii() and page.isdigit() and len(page) < len(str(2**31)) else 1
    return Answer(_envelope(world.blink.diners.page(max(1, number), miscount=world.settings.customer_miscount)))


def _sync_menu(world: World, call: Call) -> Answer:
    world.blink.menu.sync(read(MenuForm, call.body), cause=Cause(call.operation, "public_api", "partner"))
    return Answer(_envelope(None))


def _sync_stock(world: World, call: Call) -> Answer:
    world.blink.menu.restock(read(StockForm, call.body), cause=Cause(call.operation, "public_api", "partner"))
    return Answer(_envelope(None))


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


def _envelope(data: Json) -> JsonObject:
    return {"msg": "Success", "success": True, "error": None, "data": data}


def _admit_to_blink(world: World, headers: Headers) -> None:
    world.blink.admit(bearer(headers))


def _word_blink(refused: RefusedError) -> JsonObject:
    if refused.status == UNPROCESSABLE and refused.fields:
        errors: JsonObject = {path: [f"The {path} is missing or invalid."] for path in refused.fields}
        return {"message": refused.message, "errors": errors}
    return {"msg": refused.message, "success": False, "error": refused.code, "data": None}


BLINK = Door(
    _admit_to_blink,
    _word_blink,
    (
        Operation("blink.auth.login", "POST", ("/interface/v1/login",), _login, public=True),
        # The heading says POST and its sample says GET (K:128, 129).
        Operation("blink.branches.list", "GET", ("/interface/v1/branches",), _branches),
        Operation("blink.branches.list", "POST", ("/interface/v1/branches",), _branches),
        Operation("blink.customers.list", "GET", ("/interface/v1/customers",), _customers),  # as with the branches (K:133, 134)
        Operation("blink.customers.list", "POST", ("/interface/v1/customers",), _customers),
        Operation("blink.menu.sync", "POST", ("/interface/v1/importMenu",), _sync_menu),
        Operation("blink.stock.sync", "POST", ("/interface/v1/syncStockAndPrice",), _sync_stock),
        Operation("blink.orders.sync_status", "POST", ("/interface/v1/syncOrderStatus",), _sync_status),
    ),
)
"""K:1-164."""
