"""Scenarios: those that are shipped, what is said of a wrong file, and what is said of a world that is not as expected."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from shell import parcelflow

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
    with pytest.raises(UnusableError, match=r"There is no setting weather; there is: .*; got 'fine'"):
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


MAKE = "bloqit.deliveries.make"


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        # shapes of expectations
        ("then:\n  - state: finished\n", 3, "`state` is a mapping of names and states, .*; got 'finished'"),
        ("then:\n  - state: {}\n", 3, "`state` is a mapping .*; got {}"),
        ("then:\n  - state: {parcel: [finished]}\n", 3, r"`state` is .*; got {'parcel': \['finished'\]}"),
        ("then:\n  - answer: 201\n", 3, "`answer` is a mapping of `status`.*; got 201"),
        ("then:\n  - answer: {status: '201'}\n", 3, "`answer` is .*; got {'status': '201'}"),
        ("then:\n  - count: 5\n", 3, "`count` is a mapping .*; got 5"),
        ("then:\n  - count: {bloqit.rents.list: many}\n", 3, "`count` is .*; got {'bloqit.rents.list': 'many'}"),
        ("then:\n  - count: {bloqit.rents.list: true}\n", 3, "`count` is .*; got {'bloqit.rents.list': True}"),
        ("then:\n  - locker: {A1: open}\n", 3, "`locker` is a mapping of titles .*; got {'A1': 'open'}"),
        ("then:\n  - locker: {A1: {opn: true}}\n", 3, "`locker` is .*; got {'A1': {'opn': True}}"),
        ("then:\n  - locker: {A1: {open: shut}}\n", 3, "`locker` is .*; got {'A1': {'open': 'shut'}}"),
        ("then:\n  - events: {parcel: rent.created}\n", 3, "`events` is .*; got {'parcel': 'rent.created'}"),
        ("then:\n  - sent: rent.created\n", 3, "`sent` is a list of events, .*; got 'rent.created'"),
        ("then:\n  - sent:\n", 3, "`sent` is a list of events, .*; got None"),
        # what is given
        ("given:\n  settings: 5\n", 3, "`settings` is a mapping; got 5"),
        ("given:\n  settings: {update_answer: poem}\n", 3, "`settings`: update_answer: input should be 'rent', .*; got 'poem'"),
        ("given:\n  webhooks: rent.\n", 3, "`webhooks` is a list of names .*; got 'rent.'"),
        ("given:\n  webhooks: [rnt.]\n", 3, "a webhook is `\\*`, or begins with one of locker., rent.,.*; got 'rnt.'"),
        ("given:\n  orders: maybe\n", 3, "`orders` is true or false; got 'maybe'"),
        ("given:\n  world: [T9]\n", 3, r"`world` is a mapping; got \['T9'\]"),
        (
            "given:\n  world: {bloqs: [{lockers: [S, Q]}]}\n",
            3,
            "`world`: bloqs.0.lockers.1.size: input should be 'XS', .*; got 'Q'",
        ),
        ("given:\n  world: {bloqs: [{code: T1}]}\n", 3, "`world`: code has to be new; taken are T1, T2; got 'T1'"),
        # steps
        ("when:\n  - {go offline: T1, as: 5}\n", 3, "`as` is a name, as in `as: parcel`; got 5"),
        ("when:\n  - {go offline: T1, refused: yes}\n", 3, "`refused` is a status from 400 to 599, .*; got True"),
        ("when:\n  - {go offline: T1, refused: 200}\n", 3, "`refused` is .*; got 200"),
        ("when:\n  - {go offline: T1, lost: 5}\n", 3, "`lost` is `true`, or absent; got 5"),
        (
            "when:\n  - {go offline: T1, as: a, refused: 409}\n",
            3,
            "makes something with a name, is refused, or is lost; got 'as and refused'",
        ),
        ("when:\n  - advance: .inf\n", 3, "a value is a text, a finite number, .*; got inf"),
        ("when:\n  - advance: -5\n", 3, "a duration is a number with s, min, h or d, .*, got -5"),
        ("when:\n  - advance: 1e300\n", 3, "a duration is .*, got '?1e"),
        ("when:\n  - advance: 999999999d\n", 3, "seconds must lie between 0 and .*; got 86399999913600.0"),
        ("when:\n  - advance: {secnds: 5}\n", 3, "`advance` has no option 'secnds'; there is: seconds; got 5"),
        ("when:\n  - advance: {}\n", 3, "`advance` needs seconds; got {}"),
        (
            "when:\n  - create delivery: {externlID: o}\n",
            3,
            "`create delivery` has no option 'externlID'; there is: .*externalID",
        ),
        ("when:\n  - create task: {mappngKey: o}\n", 3, "`create task` has no option 'mappngKey'; .*; got 'o'"),
        ("when:\n  - make: [parcel]\n", 3, r"`make` is about a name, or a mapping of options; got \['parcel'\]"),
        ("when:\n  - make: {of: A1, 5: x}\n", 3, "a name is a text, and this one needs quotes; got 5"),
        ("when:\n  - {make: A1, make: A2}\n", 3, "a name stands once in a mapping; got 'make' twice"),
        ("when:\n  - call: 5\n", 3, "`call` is a request, as in .*; got 5"),
        ("when:\n  - call: get /bloqit/rents\n", 3, "`call` is a request, .*; got 'get /bloqit/rents'"),
        ("when:\n  - call: GET http://[::1\n", 3, "`call` is a request, .*; got 'GET http"),
        ("when:\n  - call: GET /bloqit/rants\n", 3, "GET /bloqit/rants: There is no such route or method"),
        ("when:\n  - open locker: T1\n", 3, "a locker goes by its title, as in A1; got 'T1'"),
        ("when:\n  - settings: {weather: fine}\n", 3, "PUT /sim/settings: There is no setting weather; .*; got 'fine'"),
        ("when:\n  - fault: {operation: x, kind: refuse}\n", 3, "POST /sim/faults: operation must be one of .*; got 'x'"),
        ("when:\n  - mischief: {dupliate: 1}\n", 3, "there is no field 'dupliate' here; there is: drop, .*; got 1"),
        ("when:\n  - create delivery: {expiryDate: in 99999999d}\n", 3, "the calendar ends before that; got 'in 99999999d'"),
        ("when:\n  - create delivery: !!binary aGVsbG8=\n", 3, "a value is a text, .*; got b'hello'"),
        ("when:\n  - place order: {blink_order_id: '7', x: !!set {a}}\n", 3, "a value is a text, .*; got {'a'}"),
        ('when:\n  - place order: {blink_order_id: "\\uD800"}\n', 3, "no YAML|a value is a text"),
        # words that mean nothing here
        ("then:\n  - count: {bloqit.deliveries.mkae: 0}\n", 3, "an operation is one of .*; got 'bloqit.deliveries.mkae'"),
        ("then:\n  - answer: {code: x}\n", 3, "an answer needs a step before it; got 'code'"),
        ("when:\n  - advance: 1s\nthen:\n  - answer: {sttus: 200}\n", 5, "no field 'sttus'; there is: status, code, now, mode"),
        ("when:\n  - call: GET /sim/docs\nthen:\n  - answer: {cod: 1}\n", 5, "no field 'cod'; there is: status, code"),
        ("and:\n  - wen: []\n", 3, "there is no `wen` here; there is: when, then"),
        ("when: &a\n  - make: *a\n", 2, "no YAML: found unconstructable recursive node"),
        ("when: " + "[" * 5000 + "\n", 1, "a story and not nested without end"),
    ],
)
def test_a_natural_mistake_is_told_in_one_sentence_with_its_value(text: str, line: int, said: str) -> None:
    with pytest.raises(UnusableError) as caught:
        play(read(f"scenario: x\n{text}"))
    told = str(caught.value)
    assert re.search(said, told), told
    assert (caught.value.line, "\n" in told) == (line, False)


def test_events_are_those_of_rents() -> None:
    text = "scenario: x\nwhen:\n  - {place order: {blink_order_id: '7'}, as: pizza}\nthen:\n  - events: {pizza: []}\n"
    with pytest.raises(UnusableError, match="events are those of rents; got 'pizza', which is one of the orders"):
        play(read(text))


def test_a_misspelt_word_in_the_last_line_is_told_before_the_first_step() -> None:
    text = f"scenario: x\nwhen:\n{PARCEL}  - {{make: parcel, refused: 500}}\n  - {{collect: {{of: parcel, by: foot}}}}\n"
    with pytest.raises(UnusableError, match="`collect` has no option 'by'; there is: of; got 'foot'"):
        play(read(text))


def test_an_answer_is_lost_where_a_fault_loses_it() -> None:
    for fault, happened in (("drop_connection", 1), ("drop_connection, effect: before", 0), ("hold_answer", 1)):
        head = f"scenario: x\nwhen:\n{PARCEL}  - fault: {{operation: {MAKE}, kind: {fault}}}\n"
        play(read(head + f"  - {{make: parcel, lost: true}}\nthen:\n  - count: {{{MAKE}: {happened}}}\n"))
    dropped = f"scenario: x\nwhen:\n{PARCEL}  - fault: {{operation: {MAKE}, kind: drop_connection}}\n  - make: parcel\n"
    with pytest.raises(UnexpectedError, match="make: expected an answer, found none: Server disconnected"):
        play(read(dropped))
    with pytest.raises(UnexpectedError, match="make is lost: expected no answer, found 200"):
        play(read(f"scenario: x\nwhen:\n{PARCEL}  - {{make: parcel, lost: true}}\n"))


def test_a_world_is_given_and_its_things_go_by_their_names() -> None:
    world = "given:\n  world: {default: false, bloqs: [{code: L1, lockers: [{size: S, title: Box}]}]}\n"
    steps = "when:\n  - {create delivery: {bloqID: L1, lockerID: Box}, as: parcel}\n  - go offline: L1\n"
    play(read(f"scenario: x\n{world}{steps}then:\n  - locker: {{Box: {{rent: parcel}}}}\n"))


@pytest.mark.parametrize(
    ("text", "status", "said"),
    [
        ("then:\n  - state: finished\n", 2, "line 3: `state` is a mapping"),
        ("given:\n  settings: {weather: fine}\n", 2, "line 3: `settings`: There is no setting weather"),
        ("when:\n  - {go offline: T1, refused: 409}\n", 1, "failed "),
        ("when:\n  - go offline: T1\n", 0, "passed "),
    ],
)
def test_the_command_ends_as_it_says(tmp_path: Path, text: str, status: int, said: str) -> None:
    file = tmp_path / "story.yaml"
    file.write_text(f"scenario: x\n{text}")
    done = parcelflow("scenario", str(file))
    assert (done.returncode, said in done.stdout + done.stderr) == (status, True), done.stderr
    assert "defect" not in done.stderr
