"""Menu, stock and customers of the pretend Blink."""

from collections.abc import Callable

import httpx
import pytest

from parcelflow.simulator import Settings, World

Ask = Callable[..., httpx.Response]
Json = dict[str, object]

MENU = "POST /blink/interface/v1/importMenu"
STOCK = "POST /blink/interface/v1/syncStockAndPrice"
OPTION: Json = {
    "id": "973593a5",
    "name": "ranch",
    "sku": "sk-0010",
    "is_active": True,
    "price": 223.33,
    "priority": 1,
    "branches": [{"id": 12345, "is_active": True, "price": 94.72, "is_in_stock": 1}],
}
MODIFIER: Json = {"id": "97359318", "name": "sauce", "maximum_options": 3, "priority": 0, "options": [OPTION]}
PIZZA: Json = {
    "category": {"id": "97358e65", "name": "pizza", "reference": "2", "image": None, "deleted_at": None},
    "id": "97358ecc",
    "sku": "sk-0005",
    "name": "BBQ Pizza 10",
    "description": None,
    "is_active": True,
    "is_stock_product": False,
    "price": 94.72,
    "deleted_at": None,
    "branches": [{"id": "12345", "is_active": True, "price": 94.72, "is_in_stock": 1}],
    "modifiers": [MODIFIER],
}
LINE: Json = {"id": "97358ecc", "price": 80, "discount_price": 0, "branches": []}


def _synced(ask: Ask, *products: Json) -> Json:
    answer = ask(MENU, json={"products": products})
    assert (answer.status_code, answer.json()["success"]) == (200, True), answer.text
    menu: list[Json] = ask("GET /sim/state").json()["menu"]
    return {str(product["id"]): product for product in menu}


def test_a_menu_is_kept_changed_and_cut(ask: Ask) -> None:
    plain: Json = {"id": 7, "modifiers": None, "branches": None}
    first = _synced(ask, PIZZA, PIZZA | plain)
    second = _synced(ask, PIZZA | {"name": "Other", "is_active": False}, PIZZA | {"id": "7", "deleted_at": "2026-01-01"})

    assert list(first) == ["97358ecc", "7"]
    assert [(product["name"], product["is_active"]) for product in second.values() if isinstance(product, dict)] == [
        ("Other", False)
    ]
    found = ask("GET /sim/record?operation=blink.menu.sync").json()["effects"]
    assert [(effect["object"], effect["from"], effect["to"]) for effect in found] == [
        ("97358ecc", "-", "listed"),
        ("7", "-", "listed"),
        ("97358ecc", "listed", "listed"),
        ("7", "listed", "-"),
    ]


@pytest.mark.parametrize(
    ("product", "path"),
    [
        ({}, "products.0.id"),
        (PIZZA | {"sku": " "}, "products.0.sku"),
        (PIZZA | {"price": "cheap"}, "products.0.price"),
        (PIZZA | {"price": True}, "products.0.price"),
        (PIZZA | {"is_active": "yes"}, "products.0.is_active"),
        (PIZZA | {"category": {"id": "1"}}, "products.0.category.name"),
        (PIZZA | {"branches": [{"id": "1"}]}, "products.0.branches.0.is_active"),
        (
            PIZZA | {"modifiers": [MODIFIER | {"options": [OPTION | {"priority": None}]}]},
            "products.0.modifiers.0.options.0.priority",
        ),
        (PIZZA | {"modifiers": [{"id": "x"}]}, "products.0.modifiers.0.name"),
    ],
)
def test_a_bad_menu_is_a_422_that_names_its_fields(ask: Ask, snapshot: Callable[[], object], product: Json, path: str) -> None:
    before = snapshot()

    answer = ask(MENU, json={"products": [product, PIZZA]})

    assert answer.status_code == 422
    assert path in answer.json()["errors"]
    assert set(answer.json()) == {"message", "errors"}
    assert snapshot() == before


@pytest.mark.parametrize("line", [MENU, STOCK])
@pytest.mark.parametrize("body", [{}, {"products": []}, {"products": {}}, {"products": [5]}])
def test_a_sync_of_nothing_is_a_422(ask: Ask, line: str, body: Json) -> None:
    assert ask(line, json=body).status_code == 422


@pytest.mark.parametrize(
    ("branch", "stock"),
    [
        ({"stock_qunatity": 5}, 5),
        ({"stock_quantity": 6}, 6),
        ({"stock_qunatity": 0, "stock_quantity": 6}, 0),  # the tables' spelling wins
        ({}, None),
    ],
)
def test_both_spellings_of_the_stock_are_read(ask: Ask, branch: Json, stock: int | None) -> None:
    _synced(ask, PIZZA)

    answer = ask(STOCK, json={"products": [LINE | {"branches": [{"id": "12345", "price": 70} | branch]}]})

    assert answer.status_code == 200
    (product,) = ask("GET /sim/state").json()["menu"]
    (told,) = product["branches"]
    assert (product["price"], product["discount_price"], told["price"]) == ("80", "0", "70")
    assert (told.get("stock"), told["is_active"]) == (stock, True)


def test_stock_of_an_unknown_product_changes_nothing(ask: Ask, snapshot: Callable[[], object]) -> None:
    _synced(ask, PIZZA)
    before = snapshot()

    answer = ask(STOCK, json={"products": [LINE, LINE | {"id": "unknown"}]})

    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["products.1.id"])
    assert ask(STOCK, json={"products": [{"id": "97358ecc", "price": 1, "branches": []}]}).status_code == 422
    assert snapshot() == before


def test_more_than_fifty_products_are_too_many_for_a_strict_world(ask: Ask, world: World) -> None:
    _synced(ask, PIZZA)

    assert ask(STOCK, json={"products": [LINE] * 50}).status_code == 200
    assert list(ask(STOCK, json={"products": [LINE] * 51}).json()["errors"]) == ["products"]
    world.ground.settings = Settings(strict_stock=False)
    assert ask(STOCK, json={"products": [LINE] * 51}).status_code == 200


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_customers_come_in_laravels_pages(ask: Ask, world: World, method: str) -> None:
    for number in range(98):
        world.blink.diners.known.append({"full_name": f"n{number}"})
    line = f"{method} /blink/interface/v1/customers"

    first, second, third = (ask(f"{line}?page={page}").json()["data"] for page in (1, 2, 3))

    assert (len(first["data"]), len(second["data"]), third["data"]) == (100, 1, [])
    assert (first["from"], first["to"], first["total"], first["last_page"]) == (1, 100, 101, 2)
    assert first["next_page_url"] == "URL/interface/v1/customers?page=2"
    assert (second["from"], second["to"], second["next_page_url"]) == (101, 101, None)
    assert (third["from"], third["to"]) == (None, None)
    for page in ("0", "x", "-1", "9" * 40):
        assert ask(f"{line}?page={page}").json()["data"] == first


def test_customers_can_be_miscounted_as_in_the_sample(ask: Ask, world: World) -> None:
    world.ground.settings = Settings(customer_miscount=1)

    told = ask("GET /blink/interface/v1/customers").json()["data"]

    assert (len(told["data"]), told["to"], told["total"]) == (3, 4, 4)
