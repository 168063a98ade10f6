"""What is personal: that every fact has been thought about, what is left of a forgotten case, and whom facts name."""

import ast
import copy
import re
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from killing import SEARCH, Mutant, dies

from parcelflow import adapters, machines
from parcelflow.adapters import private
from parcelflow.engine import personal
from parcelflow.engine.personal import PERSONAL, REASONS, bare, is_personal
from parcelflow.machines import TOGETHER, Facts, Json, catalogue

OF_A_PARCEL = """
    blink_branch_id bloq_collect_hours bloq_delivery_hours bloq_id bloq_rent_hours branch_id brand_id carrier channel
    collect_difference collect_limit_at collect_limit_hours created_at delivery_at delivery_charges discount discount_code
    dropoff_limit_at due_at
    expiry_at external_id in_progress_at is_pre_order item_inside label_template_id last_event locker_empty locker_id locker_type
    lockers notification_options operation_type order order_key paid payment_type pickup_at plan_features pre_pickup_actions
    previous_rent_id price price_difference products remote_type rent rent_state retrieved return_number state status status_text
    sub_total subtotal task_event task_id tax tax_percent to_collect total_price type
"""
"""Facts that tell nothing of a person: what happens to a parcel, when and where, and what it costs."""
OF_A_PLACE = "address latitude longitude name"
"""Of a bloq's location, where nobody lives. A customer's name and address have names of their own, or go with `customer`."""
PARTS = "id role source"
"""Parts of `initiated_by`, with which they go."""
HARMLESS = frozenset(f"{OF_A_PARCEL} {OF_A_PLACE} {PARTS}".split())
ELSE = "blink_order_id bloq courier customer_ f finish_return inbound inferred task_event_ task_unnamed waiting"
"""Words of those modules that name no fact: vendors' fields, features of a plan, links, words of an explanation."""
NO_FACTS = frozenset(ELSE.split())


def sources() -> list[Path]:
    """The modules that read or write facts by name."""
    ours, theirs = (Path(room.__path__[0]) for room in (machines, adapters))
    single = ("coupling.py", "linking.py", "links.py")
    return [
        *(ours / "kinds").glob("*.py"),
        *(ours / name for name in single),
        *theirs.glob("*/translate.py"),
        theirs / "bloqit" / "deeds.py",
    ]


def words(text: str) -> set[str]:
    """Every text of a module that could be the name of a fact."""
    texts = (node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant))
    return {text for text in texts if isinstance(text, str) and re.fullmatch(r"[a-z][a-z0-9_]*", text)}


def machine_words() -> set[str]:
    """States, triggers, policies and names of machines, which are written like facts."""
    found: set[str] = set()
    for table in catalogue().values():
        machine = table.machine
        found |= {machine.kind, machine.system, *machine.coarse.values(), *(group.title for group in machine.groups)}
        found |= {word for state in table.states for word in state.split(TOGETHER)} | {
            word for row in table.rows for word in row.sources
        }
        found |= {word for row in table.rows for word in (row.trigger, row.target, row.policy, *row.signals) if word}
    return found


def unplaced() -> set[str]:
    """Words of which nobody has said whether they are personal."""
    used = set[str]().union(*(words(source.read_text()) for source in sources()))
    return used - PERSONAL - HARMLESS - NO_FACTS - machine_words()


def test_every_fact_is_personal_for_a_reason_or_harmless() -> None:
    assert unplaced() == set(), "put each of them into engine/personal.py, or into HARMLESS or NO_FACTS here"
    assert not PERSONAL & HARMLESS
    assert not NO_FACTS & (PERSONAL | HARMLESS)
    assert all(REASONS.values())


def test_what_is_listed_is_used() -> None:
    used = set[str]().union(*(words(source.read_text()) for source in sources()))
    assert (HARMLESS | NO_FACTS | PERSONAL) - used == {"contact"}  # a remote's name for a number, wherever it stands


def test_what_no_log_may_show_of_a_person_is_personal_at_rest_too() -> None:
    credentials = {"accesstoken", "apikey", "authorization", "password", "secret", "token"}
    parameters = {"customerquery"}
    assert {name for name in private.NAMES - credentials - parameters if not is_personal(name)} == set()


@pytest.mark.parametrize("name", ["pickup_code", "pickUpCode", "PickUp-Code", "customerPhone", "phoneNumber", "lat"])
def test_a_name_is_personal_however_it_is_spelled(name: str) -> None:
    assert is_personal(name)


@pytest.mark.parametrize("name", ["locker_id", "lat_ency", "code", "name", "", "discount_code", "latitude"])
def test_not_every_name_is_personal(name: str) -> None:
    assert not is_personal(name)


NAMES: st.SearchStrategy[str] = st.sampled_from(("customer_phone", "pickUpCode", "lat", "locker_id", "price", "products", "name"))
JSON: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(st.characters(), max_size=5)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=4)),
    max_leaves=8,
)
FACTS: st.SearchStrategy[dict[str, Json]] = st.dictionaries(NAMES, JSON, max_size=5)


def left(value: Json) -> Json:
    """What should be left, said the simple way."""
    if isinstance(value, dict):
        return {name: left(inner) for name, inner in value.items() if bare(name) not in ("customerphone", "pickupcode", "lat")}
    return [left(inner) for inner in value] if isinstance(value, list) else value


@SEARCH
@given(FACTS)
def test_a_forgotten_copy_has_everything_but_what_is_personal(facts: dict[str, Json]) -> None:
    before = copy.deepcopy(facts)
    assert personal.without(facts) == left(before)
    assert facts == before


def test_every_place_is_named() -> None:
    facts: dict[str, Json] = {
        "products": [{"name": "Pizza", "comment": "hot"}, [{"lat": 1}]],
        "a": {"b": {"customer": {"lat": 2}}},
    }
    assert {where for where, _, _ in personal.personal_in(facts)} == {"products[0].comment", "products[1][0].lat", "a.b.customer"}


def test_what_is_nested_deeper_than_python_likes_to_go_is_forgotten_too() -> None:
    deep: dict[str, Json] = {"lat": 1}
    for _ in range(5000):
        deep = {"products": [deep]}
    left_over = personal.without(deep)
    for _ in range(5000):
        left_over = cast("list[dict[str, Json]]", left_over["products"])[0]
    assert left_over == {}
    assert not personal.concerns(deep, "1")


PHONE, EMAIL, ID = "+351 911 222 333", "Ann@Example.com", "65f0c0ffee"


@pytest.mark.parametrize(
    ("facts", "customer"),
    [
        ({"customer_phone": PHONE}, "00351-911-222-333"),
        ({"customer_phone": 351911222333}, "(351) 911.222.333"),
        ({"phone_number": "00351911222333"}, PHONE),
        ({"customer": {"phoneNumber": PHONE}}, "+351911222333"),
        ({"customer": {"email": " ann@EXAMPLE.com"}}, EMAIL),
        ({"customer_email": EMAIL}, "ANN@example.COM "),
        ({"customer": {"_id": ID}}, ID),
        ({"customer": [{"id": ID}]}, ID),
        ({"customer": ID}, ID),
        ({"initiated_by": {"role": "customer", "id": ID}}, ID),
        ({"customer_id": 17}, "17"),
        ({"deep": [{"deep": {"customer_id": ID}}]}, ID),
        ({"customer": {"phone": ["1", PHONE]}}, PHONE),
    ],
)
def test_facts_name_a_customer_by_number_address_or_id(facts: Facts, customer: str) -> None:
    assert personal.concerns(facts, customer)


UNCONCERNED: tuple[tuple[Facts, str], ...] = (
    ({}, PHONE),
    ({"customer_phone": "n/a", "phone_number": ""}, "nobody"),
    ({"customer_phone": "", "customer_email": "", "customer_id": "", "customer": None}, ""),
    ({"customer_id": " "}, " "),
    ({"customer_phone": "911222333"}, PHONE),
    ({"pickup_code": "1234", "dropoff_code": "1234", "locker_id": "1234"}, "1234"),
    ({"customer_phone": "911222333"}, "C-911222333"),
    ({"customer_id": ID}, ID.upper()),
    ({"customer_id": "351911222333"}, PHONE),
    ({"customer_name": EMAIL, "comment": EMAIL, "message": PHONE}, EMAIL),
    ({"agent_contact": PHONE}, PHONE),
    ({"initiated_by": {"role": "courier", "id": ID}, "rent": {"id": ID}}, ID),
    ({"customer_email": "ann"}, "ann"),
)


def test_facts_that_only_look_alike_name_nobody() -> None:
    for facts, customer in UNCONCERNED:
        assert not personal.concerns(facts, customer), (facts, customer)


@SEARCH
@given(st.text("0123456789", min_size=5, max_size=14), st.text(" -()./", max_size=6), st.integers(0, 14))
def test_a_number_is_found_however_it_is_written(digits: str, marks: str, place: int) -> None:
    written = digits[:place] + marks + digits[place:]
    assert personal.concerns({"customer_phone": f"+{written}"}, digits)
    assert personal.concerns({"customer_phone": digits}, written)
    assert not personal.concerns({"customer_phone": f"{written}1"}, digits)


def anything_goes(text: str) -> str:
    """Digits of whatever it is, an id too."""
    return re.sub(r"[^0-9]", "", text)


def letter_by_letter(text: str) -> str:
    return text


def shallow(data: Facts) -> dict[str, Json]:
    return {name: value for name, value in data.items() if not is_personal(name)}


def exact(name: str) -> bool:
    return name in PERSONAL


def in_place(waiting: list[tuple[str, dict[str, Json] | list[Json]]], where: str, value: Json) -> Json:
    """What is on the way is not copied."""
    if isinstance(value, dict | list):
        waiting.append((where, value))
    return value


def everybody(_name: str, _person: object) -> bool:
    return True


ALIKE = test_facts_that_only_look_alike_name_nobody
FORGOTTEN = test_a_forgotten_copy_has_everything_but_what_is_personal
MUTANTS = {
    "an id may be somebody's telephone number": Mutant(personal, "_digits", anything_goes, ALIKE),
    "a number is compared as it is written": Mutant(
        personal, "_digits", letter_by_letter, test_a_number_is_found_however_it_is_written
    ),
    "every text is an address": Mutant(personal, "_address", letter_by_letter, ALIKE),
    "every person is a customer": Mutant(personal, "_is_customer", everybody, ALIKE),
    "only the first level is forgotten": Mutant(personal, "without", shallow, FORGOTTEN),
    "only our own spelling is personal": Mutant(personal, "is_personal", exact, FORGOTTEN),
    "what is forgotten is forgotten in the original": Mutant(personal, "_seen_later", in_place, FORGOTTEN),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_the_promises_kill_the_mutant(name: str) -> None:
    assert dies(MUTANTS[name])


def test_a_fact_that_nobody_placed_is_noticed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    news = tmp_path / "translate.py"
    news.write_text('"""New."""\n\nFACTS = {"shoe_size": 1, "locker_id": 2}\n')
    honest = sources()
    monkeypatch.setitem(globals(), "sources", lambda: [*honest, news])
    assert unplaced() == {"shoe_size"}
