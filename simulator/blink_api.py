"""The routes of the pretend Blink.

May not decide anything about an order or a menu. Non-obvious choice: the document shows no error body; a refusal uses the
envelope of the other answers (K:131) with `success: false`, and a menu's validation, which names fields, Laravel's shape.
"""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from starlette.datastructures import Headers

from .contract import Contract, Query, Schema, listed, maybe, shape, thing
from .faults import FAULT
from .forms import read_form
from .menu import UNPROCESSABLE, MenuForm, StockForm, read
from .settings import Settings
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


_TEXT: Schema = {"type": "string"}
_NUMBER: Schema = {"type": "integer"}

_PAGE = Query("page", "From 1; whatever is no page is the first one (K:136).", "integer", most=2**31 - 1, default=1)


def _login(world: World, call: Call) -> Answer:
    form = read_form(Login, call.body)
    return Answer({"token_type": "Bearer", "access_token": world.blink.login(form.username, form.password)})


def _branches(world: World, _call: Call) -> Answer:
    return Answer(_envelope([*world.blink.branches]))


def _customers(world: World, call: Call) -> Answer:
    page = call.text(_PAGE)
    # Laravel reads whatever is no page as the first one.
    number = int(page) if page.isascii() and page.isdigit() and int(page[: len(str(_PAGE.most)) + 1]) <= _PAGE.most else 1
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


def _status_of(settings: Settings, refused: RefusedError) -> int:
    """200 where refusals are told by `success: false` alone; not for a missing token, nor for what a fault or a route says."""
    told_inside = settings.blink_refusals == "ok" and refused.status in (400, 409, UNPROCESSABLE) and refused.code != FAULT
    return 200 if told_inside else refused.status


def _answers(data: Schema) -> Schema:
    return thing({"msg": _TEXT, "success": {"const": True}, "error": {"type": "null"}, "data": data})


_SHAPES = {
    "Token": thing({"token_type": {"const": "Bearer"}, "access_token": _TEXT}) | {"description": "K:14-16."},
    "Branch": thing(
        dict.fromkeys(("id", "blink_id", "is_live", "is_active"), _NUMBER) | {"branch": _TEXT, "branch_address": _TEXT}
    )
    | {"description": "K:131."},
    "Customer": thing(dict.fromkeys(("full_name", "phone", "email", "signup_date"), _TEXT) | {"total_orders": _NUMBER})
    | {"description": "K:136."},
    "Customers": thing(
        dict.fromkeys(("current_page", "last_page", "per_page", "total"), _NUMBER)
        | dict.fromkeys(("first_page_url", "last_page_url", "path"), _TEXT)
        | dict.fromkeys(("next_page_url", "prev_page_url"), maybe(_TEXT))
        | dict.fromkeys(("from", "to"), maybe(_NUMBER))
        | {"data": listed(shape("Customer"))}
    )
    | {"description": "A page as Laravel writes it (K:136)."},
    "Error": thing({"msg": _TEXT, "success": {"const": False}, "error": _TEXT, "data": {"type": "null"}})
    | {"description": "The document shows no error body: the envelope of the other answers (K:131)."},
    "Invalid": thing({"message": _TEXT, "errors": {"type": "object", "additionalProperties": listed(_TEXT)}})
    | {"description": "As Laravel names the fields of a menu that are at fault; nothing documents it."},
}
_REFUSED = (UNPROCESSABLE,)
_KEY: Schema = {"type": "http", "scheme": "bearer", "description": "The access token of the login (K:14-16)."}
_BRANCHES = Contract("Branches: the heading says POST and the sample GET (K:128, 129)", _answers(listed(shape("Branch"))))
_CUSTOMERS = Contract("Customers: POST or GET, as with the branches (K:133, 134)", _answers(shape("Customers")), (_PAGE,))
_DONE = _answers({"type": "null"})
_MENU = Contract("Menu sync (K:18)", _DONE, body=MenuForm, errors=_REFUSED)
_STOCK = Contract("Stock and price sync (K:53)", _DONE, body=StockForm, errors=_REFUSED)
_STATUS = Contract("Order status (K:139)", _DONE, body=StatusForm, errors=_REFUSED)

BLINK = Door(
    _admit_to_blink,
    _word_blink,
    (
        Operation(
            "blink.auth.login",
            "POST",
            ("/interface/v1/login",),
            _login,
            public=True,
            contract=Contract("Login (K:7)", shape("Token"), body=Login, errors=(401,)),
        ),
        Operation("blink.branches.list", "GET", ("/interface/v1/branches",), _branches, contract=_BRANCHES),
        Operation("blink.branches.list", "POST", ("/interface/v1/branches",), _branches, contract=_BRANCHES),
        Operation("blink.customers.list", "GET", ("/interface/v1/customers",), _customers, contract=_CUSTOMERS),
        Operation("blink.customers.list", "POST", ("/interface/v1/customers",), _customers, contract=_CUSTOMERS),
        Operation("blink.menu.sync", "POST", ("/interface/v1/importMenu",), _sync_menu, contract=_MENU),
        Operation("blink.stock.sync", "POST", ("/interface/v1/syncStockAndPrice",), _sync_stock, contract=_STOCK),
        Operation("blink.orders.sync_status", "POST", ("/interface/v1/syncOrderStatus",), _sync_status, contract=_STATUS),
    ),
    _SHAPES,
    _KEY,
    status=_status_of,
)
"""K:1-164."""
