"""What an application reads: typed fields of every answer and event, decimals for money, and words that are open both ways."""

import copy
import json
import pickle
from decimal import Decimal
from typing import Any, assert_type

import pytest

from parcelflow.adapters.blink.wire import Order, OrderedOption, OrderedProduct
from parcelflow.adapters.bloqit.wire import Bloq, Location, Locker, Rent, WebhookEvent
from parcelflow.adapters.logistics.wire import TaskNews
from parcelflow.adapters.words import BloqitEvent, LocationState, LockerSize, OrderType, RentState, RentType, TaskEvent, Word

from .fakes import sample


@pytest.mark.parametrize(
    ("kind", "raw", "word", "known"),
    [
        (RentState, "CANCELED", "cancelled", True),
        (RentState, "cancelled", "cancelled", True),
        (RentState, "In Progress", "in_progress", True),
        (RentState, "InProgress", "in_progress", True),
        (RentState, "OPEN", "locker_opened", True),
        (RentState, "teleported", "teleported", False),
        (RentType, "Return", "return", True),
        (LocationState, "Churned", "churned", True),
        (LockerSize, "xl", "XL", True),
        (LockerSize, "XXL", "XXL", False),
        (OrderType, "pick-up", "PICK-UP", True),
        (TaskEvent, "TASK_CANCELED", "task_cancelled", True),
        (BloqitEvent, "rent.finished", "rent.finished", True),
        (BloqitEvent, "Rent finished", "Rent finished", False),
    ],
)
def test_a_word_is_ours_however_it_is_spelled_and_keeps_what_came(kind: type[Word], raw: str, word: str, known: bool) -> None:  # noqa: FBT001
    found = kind(raw)
    assert found == word
    assert hash(found) == hash(word)
    assert {word: 1}[found] == 1
    assert (found.raw, found.known) == (raw, known)
    for again in (copy.copy(found), copy.deepcopy(found), pickle.loads(pickle.dumps(found)), kind(found)):  # noqa: S301
        assert (again, again.raw, again.known) == (word, raw, known)


@pytest.mark.parametrize("nothing", [None, "", " ", "null", True, {}, []])
def test_what_is_no_word_is_not_known(nothing: object) -> None:
    assert Rent.model_validate({"_id": "R", "state": nothing}).state is None


def test_a_rents_state_and_type_are_words_and_survive_as_they_came() -> None:
    rent = Rent.model_validate({"_id": "R", "state": "CANCELED", "type": "Delivery"})
    state = assert_type(rent.state, RentState | None)
    assert state == "cancelled"
    assert json.loads(rent.model_dump_json())["state"] == "CANCELED"
    assert rent.model_dump()["state"] is rent.state
    assert Rent.model_validate(rent.model_dump()).state == "cancelled"
    assert rent.type == "delivery"
    assert Rent.model_validate({"_id": "R", "state": 5}).state == "5"
    assert Locker.model_validate({"_id": "L", "type": "xs"}).type == "XS"
    assert Location.model_validate({"state": "CREATED"}).state == "created"
    assert TaskNews.model_validate({"event": "TASK_ACCEPTED", "data": {"taskId": "T"}}).event == "task_accepted"


def test_prices_are_decimals_whatever_they_are_called() -> None:
    body: dict[str, Any] = {"price": 1.1, "total": "2,000.50", "currency": "EUR", "tax": {"vat": [0.23, 1, True, "x"]}}
    for found in (
        Rent.model_validate({"_id": "R", "pricing": body}).pricing,
        Bloq.model_validate({"_id": "B", "price": body}).price,
    ):
        assert (found.price, found.total, found.currency) == (Decimal("1.1"), Decimal("2000.50"), "EUR")
        assert (found.model_extra or {})["tax"] == {"vat": [Decimal("0.23"), Decimal(1), True, "x"]}
    assert Rent.model_validate({"_id": "R", "pricing": "free"}).pricing.price is None


def test_an_event_has_a_name_and_all_that_the_document_shows() -> None:
    event = WebhookEvent.model_validate({**json.loads(sample("bloqit_event")), "codeName": "rent.extended", "price": "4.50"})
    assert assert_type(event.name, BloqitEvent) == "rent.extended"
    assert event.name.known
    assert (event.code_name, event.title, event.description, event.admin) == ("rent.extended", "string", "string", "string")
    assert (event.price, event.amount) == ("4.50", Decimal("4.50"))
    assert WebhookEvent.model_validate({"event": "rent.started", "title": "Rent started", "name": "x"}).name == "rent.started"
    assert WebhookEvent().name == "bloqit.unnamed"


def test_an_order_is_typed_to_its_options_and_all_its_money_is_decimal() -> None:
    wild = {"blink_branch_id": 40127, "customer_email": "a@example.org", "preparation_time_mins": "20", "discount_type": 1}
    money = {"wallet_amount": 0.1, "loyalty_amount": "2", "promo_discount": 3, "total_discount_amount": 4}
    place = {"customer_address_latitude": 24.87, "customer_address_longitude": "67.05"}
    order = Order.model_validate({**json.loads(sample("blink_order")), **wild, **money, **place})
    product = assert_type(order.products, list[OrderedProduct])[0]
    option = assert_type(product.options, list[OrderedOption])[2]
    assert (product.product_id, product.name, product.quantity) == ("1c54bd7abe7b", "Veg Breakfast Press COMBO", 1)
    assert (product.unit_price, product.total_price) == (Decimal("39.000"), Decimal(39))
    assert (option.modifier_option_id, option.name, option.quantity) == ("a5350464a755", "Extra Diced Tomatoes", 1)
    assert (option.unit_price, option.total_price) == (Decimal("4.000"), Decimal("4.000"))
    assert (order.wallet_amount, order.loyalty_amount, order.promo_discount) == (Decimal("0.1"), Decimal(2), Decimal(3))
    assert (order.total_discount_amount, order.fbr_pos_charge, order.promo_code) == (Decimal(4), Decimal(1), None)
    assert order.reckoned == Decimal("53.9")  # 59 and 1, without 4, 2 and 0.1
    assert (order.preparation_time_mins, order.discount_type) == (20, "1")
    assert order.customer.model_dump() == {
        "name": "Jhon Doe",
        "phone": "+923300000000",
        "email": "a@example.org",
        "address": "PICK-UP",
        "latitude": Decimal("24.87"),
        "longitude": Decimal("67.05"),
    }
    assert "+92" not in repr(order.customer)
    assert order.branch.model_dump() == {
        "id": "12345",
        "blink_id": "40127",
        "address": "XYZ road street 13 Tonglong Paris France",
        "latitude": Decimal("27.4654584"),
        "longitude": Decimal("64.846548"),
    }


def test_what_is_no_product_and_no_option_costs_nothing_but_itself() -> None:
    order = Order.model_validate({"blink_order_id": 1, "products": [5, {"options": "none", "new": 1}, {"options": [None, {}]}]})
    assert [len(product.options) for product in order.products] == [0, 1]
    assert order.products[0].model_extra == {"new": 1}
    assert order.reckoned is None


@pytest.mark.parametrize(
    ("location", "point"),
    [
        ({"type": "Point", "coordinates": [-9.13, 38.71]}, (38.71, -9.13)),
        ({"coordinates": ["-9.13", "38.71", 5]}, (38.71, -9.13)),
        ({"coordinates": [1]}, None),
        ({"coordinates": [1, "north"]}, None),
        ({}, None),
    ],
)
def test_a_bloq_lies_where_its_geojson_says(location: dict[str, Any], point: object) -> None:
    assert Bloq.model_validate({"_id": "B", "location": location}).point == point
