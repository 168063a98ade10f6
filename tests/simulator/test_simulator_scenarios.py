"""Scenarios: those that are shipped, what is said of a wrong file, and what is said of a world that is not as expected."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from parcelflow.simulator.scenario import play
from parcelflow.simulator.scenario_file import UnexpectedError, UnusableError, read
from parcelflow.simulator.scenario_words import EXPECTATIONS, VERBS

SHIPPED = sorted((Path(__file__).parents[2] / "docs" / "scenarios").glob("*.yaml"))
CANCEL = "scenario: x\nwhen:\n  - call: PUT /bloqit/rents/{parcel}/cancel\n"
PARCEL = "  - {create delivery: {externalID: o-1, lockerID: A1, expiryDate: in 2h}, as: parcel}\n"


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_a_shipped_scenario_is_true(file: Path) -> None:
    play(read(file.read_text()))


def test_there_are_at_least_twelve_and_their_titles_differ() -> None:
    assert len({read(file.read_text()).title for file in SHIPPED}) >= 12


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("", 1, "begins with `scenario:`"),
        ("- a\n- b\n", 1, "begins with `scenario:`"),
        ("scenario: x\nwhen: [a\n", 3, "no YAML"),
        ("scenario: x\nwhat: 1\n", 1, "there is no `what` here; there is: scenario, given, when, then, and"),
        ("scenario: x\ngiven: yes\n", 1, "`given` is a mapping"),
        ("scenario: x\ngiven:\n  weather: fine\n", 3, "there is no `weather` here; there is: settings, webhooks"),
        ("scenario: x\nwhen: make\n", 1, "`when` is a list"),
        ("scenario: x\nwhen:\n  - make\n", 1, "a step is a word and what it is about, as in `make: parcel`, got 'make'"),
        ("scenario: x\nwhen:\n  - fly: parcel\n", 3, "a step has one word of: create delivery, .*; got fly"),
        ("scenario: x\nwhen:\n  - {make: a, close: a}\n", 3, "got make, close"),
        ("scenario: x\nwhen:\n  - as: a\n", 3, "got none"),
        ("scenario: x\nthen:\n  - mood: {parcel: good}\n", 3, "an expectation is one of: state, locker"),
        ("scenario: x\nthen:\n  - state\n", 1, "an expectation is one of"),
        ("scenario: x\nand:\n  - make\n", 1, "`and` is a list of blocks"),
    ],
)
def test_a_wrong_file_is_told_with_its_line_and_what_would_be_right(text: str, line: int, said: str) -> None:
    with pytest.raises(UnusableError, match=said) as caught:
        read(text)
    assert caught.value.line == line
    assert str(caught.value).startswith(f"line {line}: ")


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("scenario: x\nwhen:\n  - make: parcel\n", 3, "nothing is called 'parcel'; there is: A1, A2"),
        ("scenario: x\nwhen:\n" + PARCEL + "  - advance: soon\n", 4, "a duration is a number with s, min, h or d, as in '3h'"),
        ("scenario: x\nwhen:\n" + PARCEL.replace("in 2h", "in a while"), 3, "got 'a while'"),
        ("scenario: x\nwhen:\n" + PARCEL + "  - {advance: 1h, as: hour}\n", 4, "advance makes nothing that could have a name"),
        (
            "scenario: x\nwhen:\n  - call: PUT /bloqit/rents/{parcel}/cancel\n",
            3,
            "nothing is called '?parcel'?; there is: nothing yet",
        ),
        ("scenario: x\nthen:\n  - state: {parcel: created}\n", 3, "nothing is called 'parcel'; there is: nothing yet"),
        ("scenario: x\nthen:\n  - locker: {Z9: {open: true}}\n", 3, "there is no locker 'Z9'"),
    ],
)
def test_a_step_that_cannot_be_understood_is_told_with_its_line(text: str, line: int, said: str) -> None:
    with pytest.raises((UnusableError, UnexpectedError), match=said) as caught:
        play(read(text))
    assert caught.value.line == line


@pytest.mark.parametrize(
    ("then", "said"),
    [
        ("state: {parcel: created}", "state of parcel: expected 'created', found 'reserved'"),
        ("locker: {A1: {open: true, rent: parcel}}", "expected .*'open': True.*, found .*'open': False"),
        ("locker: {A1: {rent: none}}", "'rent': 'parcel'"),
        ("events: {parcel: []}", r"found \['rent.reserved'\]"),
        ("sent: [rent.created]", r"sent: expected \['rent.created'\], found \['rent.reserved'\]"),
        ("count: {bloqit.deliveries.create: 2}", "expected 2, found 1"),
        ("answer: {status: 200}", "expected 200, found 201"),
        ("answer: {code: stateInvalid}", "expected 'stateInvalid', found None"),
    ],
)
def test_a_world_that_is_not_as_expected_is_told_with_both(then: str, said: str) -> None:
    with pytest.raises(UnexpectedError, match=said) as caught:
        play(read(f"scenario: x\ngiven:\n  webhooks: [rent.]\nwhen:\n{PARCEL}then:\n  - {then}\n"))
    assert caught.value.line == 7


def test_a_refusal_has_to_be_the_one_that_was_expected() -> None:
    head = "scenario: x\nwhen:\n" + PARCEL
    play(read(head + "  - {collect: parcel, refused: 409}\n"))
    with pytest.raises(UnexpectedError, match="collect is refused with: expected 404, found 409"):
        play(read(head + "  - {collect: parcel, refused: 404}\n"))
    with pytest.raises(UnexpectedError, match=r"PUT /bloqit/rents/\w+/collect answered 409"):
        play(read(head + "  - collect: parcel\n"))
    with pytest.raises(UnexpectedError, match="expected 409, found 200"):
        play(read(head + "  - {make: parcel, refused: 409}\n"))


def test_nothing_is_tried_after_the_first_thing_that_is_wrong() -> None:
    text = "scenario: x\nwhen:\n" + PARCEL + "then:\n  - state: {parcel: finished}\nand:\n  - when:\n      - fault: {}\n"
    with pytest.raises(UnexpectedError, match="found 'reserved'"):
        play(read(text))


def test_settings_are_given_and_a_bad_one_is_told() -> None:
    play(
        read(
            "scenario: x\ngiven:\n  settings: {features: []}\nwhen:\n" + PARCEL + "  - {ready for pickup: parcel, refused: 403}\n"
        )
    )
    with pytest.raises(UnexpectedError, match="There is no setting weather"):
        play(read("scenario: x\ngiven:\n  settings: {weather: fine}\n"))


def test_any_request_can_be_a_step() -> None:
    play(
        read(
            "scenario: x\nwhen:\n"
            + PARCEL
            + "  - call: PUT /bloqit/rents/{parcel}/cancel\nthen:\n  - state: {parcel: cancelled}\n"
        )
    )


def test_every_word_is_told_somewhere() -> None:
    told = "".join(file.read_text() for file in SHIPPED)
    rarely = {word for word in VERBS if f"{word}:" in RARE}
    assert {word for word in VERBS if f"{word}:" not in told} <= {*rarely, "call"}
    assert all(f"{word}:" in told for word in EXPECTATIONS)


RARE = """
scenario: The words that stories rarely need
given:
  orders: true
when:
  - {create delivery: {externalID: o-1, bloqID: T1, expiryDate: in 2d}, as: parcel}
  - select locker: {of: parcel, lockerType: M}
  - update: {of: parcel, carrier: dhl}
  - ready for pickup: parcel
  - in transit: parcel
  - extend: {of: parcel, expiryDate: in 3d}
  - disable locker: A1
  - enable locker: A1
  - open locker: A1
  - close locker: A1
  - open or collect: A1
  - {place order: {blink_order_id: "5"}, as: pizza}
  - set status: {of: pizza, status: 1}
  - {create task: {mappingKey: t}, as: ride}
  - rider: {of: ride, eventId: 23}
  - update task: {of: ride, type: 1, instruction: ring}
  - settings: {payment_due: true}
  - {finish return: parcel, refused: 409}
then:
  - state: {parcel: in_transit, pizza: 1, ride: assigned}
  - locker: {A1: {open: true, active: true}}
"""


def test_the_rare_words_work_too() -> None:
    play(read(RARE))


@pytest.fixture
def run_tests(pytester: pytest.Pytester) -> Callable[[str], pytest.RunResult]:
    """Runs a test file in a process of its own, with what is installed and nothing of this repository."""

    def run(text: str) -> pytest.RunResult:
        pytester.makepyfile(text)
        return pytester.runpytest_subprocess("-q", "-p", "no:cacheprovider")

    return run


def test_the_fixture_comes_with_the_package(run_tests: Callable[[str], pytest.RunResult]) -> None:
    page = (Path(__file__).parents[2] / "docs" / "scenarios.md").read_text()
    example = page.partition("```python\n")[2].partition("```")[0]
    more = """

import asyncio
import json
import urllib.request

import pytest


def test_each_test_has_a_fresh_world(parcelflow_world):
    assert len(parcelflow_world.record) == 0
    assert str(parcelflow_world.now) == "2026-03-01 12:00:00+00:00"


def test_it_is_asked_in_an_event_loop_too(parcelflow_world):
    async def ask():
        headers = {"X-API-KEY": parcelflow_world.settings.bloqit_api_key}
        async with httpx.AsyncClient(transport=parcelflow_world.async_transport, headers=headers) as client:
            waited = await client.get(parcelflow_world.urls["bloqit"] + "/bloqs")
        with httpx.Client(transport=parcelflow_world.transport, headers=headers) as client:
            return waited.json() == client.get(parcelflow_world.urls["bloqit"] + "/bloqs").json()

    assert asyncio.run(ask())


def test_it_can_be_put_on_sockets(parcelflow_world):
    with parcelflow_world.served() as urls:
        with urllib.request.urlopen(urls["sim"] + "/clock") as answer:
            assert json.load(answer)["mode"] == "frozen"


def test_readings_are_changed(parcelflow_world):
    parcelflow_world.change(update_answer="envelope")
    assert parcelflow_world.settings.update_answer == "envelope"
    with pytest.raises(ValueError, match="There is no setting weather"):
        parcelflow_world.change(weather="fine")
    with pytest.raises(ValueError, match="as in '3h', got 'soon'"):
        parcelflow_world.advance("soon")


def test_webhooks_are_caught(parcelflow_world):
    world = parcelflow_world
    with Bloqit(world.settings.bloqit_api_key, base_url=world.urls["bloqit"], transport=world.transport) as client:
        client.webhooks.create("https://partner.example/hook", ["customer."], secret="s")
        client.customers.create(name="A")
    assert world.settle()["delivered"] == 1
    assert [delivery.event for delivery in world.sent] == ["customer.customer_created"]
"""
    result = run_tests(example + more)
    result.assert_outcomes(passed=6)


def test_who_does_not_use_the_fixture_does_not_pay_for_it() -> None:
    code = "import sys, parcelflow.console.plugin; print(*sys.modules)"
    loaded = subprocess.run((sys.executable, "-c", code), capture_output=True, text=True, check=True).stdout.split()
    assert not {"httpx", "starlette", "pydantic", "parcelflow.simulator"} & set(loaded)
