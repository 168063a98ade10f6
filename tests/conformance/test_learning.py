"""Learning: a wrong server's machine is learned out of what a run has seen, and its fault has a shape that one can see."""

# pyright: reportPrivateUsage=false
# A mutant is the code under test with one wrong line; it has to reach inside.

import sys
from collections.abc import Callable, Iterable, MutableMapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from doorway import DOOR
from killing import Mutant, dies
from parts.kit_servers import hooks
from walked import benched, runner_of

from parcelflow.conformance import difference as differing
from parcelflow.conformance import learning
from parcelflow.conformance import recording as recording_module
from parcelflow.conformance.difference import Arrow, Mark, difference, dot, lines, mermaid
from parcelflow.conformance.driver import AsgiDriver
from parcelflow.conformance.findings import Finding
from parcelflow.conformance.learning import Learned, Limits, learned
from parcelflow.conformance.levels import Level, Suite, suite
from parcelflow.conformance.mealy import Mealy, Word, pumped, wp
from parcelflow.conformance.mutants import FAULTS, differs, drawn
from parcelflow.conformance.oracle import Oracle
from parcelflow.conformance.recording import UNTRIED, ContradictionError, Recording
from parcelflow.conformance.runner import Outcome
from parcelflow.conformance.watcher import Watcher
from parcelflow.console import conform_learn
from parcelflow.console.conform_learn import learn_server
from parcelflow.machines import BadSettingsError
from parcelflow.simulator import Clock, World, create_app
from parcelflow.simulator.handle import START

Ask = Callable[[Word], tuple[str, ...]]


def server(wrong: Mealy, right: Mealy = DOOR) -> Ask:
    """A server that is the machine `wrong`, and is not given what the right one cannot be given."""

    def ask(word: Word) -> tuple[str, ...]:
        outputs: list[str] = []
        meant, here = right.start, wrong.start
        for name in word:
            step = right.steps.get((meant, name))
            if step is None:
                outputs.append(UNTRIED)
                continue
            meant = step[1]
            output, here = wrong.steps.get((here, name), ("unreadable", here))
            outputs.append(output)
        return tuple(outputs)

    return ask


def recorded(ask: Ask, words: Iterable[Word]) -> Recording:
    found = Recording(DOOR)
    for word in words:
        found.add(word, ask(word))
    return found


DEEP = (*wp(DOOR, extra=1), *pumped(DOOR, rounds=5))


def taught(wrong: Mealy, limits: Limits | None = None) -> Learned:
    ask = server(wrong)
    return learned(recorded(ask, DEEP), ask, limits or Limits())


def test_a_right_server_is_learned_and_differs_in_nothing() -> None:
    found = taught(DOOR)
    assert found.machine is not None
    assert (found.stopped, len(found.machine.states)) == ("", 4)
    seen = difference(DOOR, found.machine)
    assert seen.same
    assert list(lines(seen)) == []
    assert {arrow.mark for arrow in seen.arrows} == {Mark.RIGHT}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_wrong_one_is_learned_as_it_is_and_its_difference_is_seen(fault: str) -> None:
    for mutant in drawn(DOOR, fault, 6, 0):
        found = taught(mutant.machine)
        assert found.machine is not None
        assert found.stopped == ""
        assert fault == "counter" or not differs(mutant.machine, found.machine), mutant.says
        assert not difference(DOOR, found.machine).same, mutant.says


def test_what_was_recorded_is_not_asked_again() -> None:
    assert taught(DOOR).asked < 3
    again = recorded(server(DOOR), DEEP)
    asked: list[Word] = []

    def ask(word: Word) -> tuple[str, ...]:
        asked.append(word)
        return server(DOOR)(word)

    learned(again, ask)
    assert len(asked) == len(set(asked)) < 3
    assert learned(again, ask).asked == 0


def hidden() -> Mealy:
    """After it was opened once, it cannot be locked any more."""
    opened = {(f"{state}'", name): (output, f"{target}'") for (state, name), (output, target) in DOOR.steps.items()}
    return Mealy(
        "absent",
        DOOR.inputs,
        {
            **DOOR.steps,
            **opened,
            ("closed", "open"): ("accepted, open", "open'"),
            ("closed'", "lock"): ("refused, closed", "closed'"),
        },
    )


def test_a_hidden_copy_is_drawn_as_one() -> None:
    found = taught(hidden())
    assert found.machine is not None
    seen = difference(DOOR, found.machine)
    assert seen.copies == {"closed'"}
    said = list(lines(seen))
    assert "hidden copy: closed'" in said
    assert "hidden: close in open leads to closed'" in said
    assert "wrong: lock in closed' leads to closed': refused, closed; must be accepted, locked" in said
    assert "missing: lock in closed' leads to locked" in said
    assert '"closed\'" [style="rounded,dashed"' in dot(seen, "a door")
    assert '"closed\'" -> "locked" [label="lock" color="#9e9e9e"' in dot(seen)
    assert ":::copy" in mermaid(seen)
    assert "linkStyle" in mermaid(seen)


def test_a_state_that_is_never_reached_is_told() -> None:
    wrong = Mealy("absent", DOOR.inputs, {**DOOR.steps, ("closed", "lock"): ("refused, closed", "closed")})
    found = taught(wrong)
    assert found.machine is not None
    seen = difference(DOOR, found.machine)
    assert seen.unreached == ("locked",)
    assert "never reached: locked" in list(lines(seen))
    assert '"locked" [style=dotted' in dot(seen)
    assert ":::unreached" in mermaid(seen)


def test_an_arrow_that_looks_right_and_leads_astray_is_told() -> None:
    wrong = Mealy("absent", DOOR.inputs, {**DOOR.steps, ("open", "close"): ("accepted, closed", "locked")})
    found = taught(wrong)
    assert found.machine is not None
    astray = [arrow for arrow in difference(DOOR, found.machine).arrows if arrow.mark is Mark.ASTRAY]
    assert astray == [Arrow("open", "locked", "close", Mark.ASTRAY, "must lead to closed")]
    first = taught(Mealy("absent", DOOR.inputs, {**DOOR.steps, ("absent", "make"): ("accepted, closed", "locked")})).machine
    assert first is not None
    astray = [arrow for arrow in difference(DOOR, first).arrows if arrow.mark is Mark.ASTRAY]
    assert astray == [Arrow("absent", "locked", "make", Mark.ASTRAY, "must lead to closed")]


def test_a_server_that_contradicts_itself_ends_the_lesson() -> None:
    found = recorded(server(DOOR), DEEP)
    found.failed.append(("make", "open", "close", "lock", "close", "lock", "open", "close", "lock"))
    lesson = learned(found, server(hidden()))
    assert "was answered 'accepted, locked', and now 'refused, closed'" in lesson.stopped


def test_what_aalpy_ends_itself_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def exits(_: object, word: Word) -> tuple[str, ...]:
        raise SystemExit(f"Non-determinism detected in {len(word)}")

    monkeypatch.setattr(learning._Lesson, "answer", exits)
    assert "the server is not deterministic: Non-determinism" in taught(DOOR).stopped


def test_a_lesson_has_its_limits() -> None:
    ask = server(DOOR)
    assert learned(Recording(DOOR), ask, Limits(words=0)).stopped == "stopped after 0 words"
    late = learned(Recording(DOOR), ask, Limits(seconds=-1))
    assert (late.stopped, late.machine) == ("stopped after -1 s", None)
    most = taught(hidden(), Limits(states=3))
    assert "stopped at" in most.stopped
    assert most.machine is not None


def test_words_that_failed_are_run_once_more_because_nobody_noted_their_end() -> None:
    machine = hidden()
    found = Recording(DOOR)
    word = ("make", "open", "close", "lock")
    finding = Finding(check="accepted", kind="door", word=word, spot="closed", expected="", got="")
    found.note(Outcome(word, ("", "", "", ""), (finding,)))
    assert found.get(word) is None
    assert found.get(word[:3]) is not None
    lesson = learned(found, server(machine))
    assert found.get(word) == ("accepted, closed", "accepted, open", "accepted, closed", "refused, closed")
    assert lesson.machine is not None
    assert not difference(DOOR, lesson.machine).same


def test_a_recording_keeps_what_a_run_showed_and_nothing_else() -> None:
    found = Recording(DOOR)
    found.note(Outcome(("make", "open"), ("", "")))
    assert found.get(("make", "open")) == ("accepted, closed", "accepted, open")
    found.note(Outcome(("make", "lock"), (), inconclusive="busy"))
    assert found.get(("make", "lock")) is None
    found.note(Outcome(("make", "open+lock"), ("", "")))
    assert list(found.words()) == [("make", "open")]
    trace = Finding(check="trace", kind="door", word=("make", "close"), spot="closed", expected="", got="")
    found.note(Outcome(("make", "close"), ("", ""), (trace,)))
    assert found.get(("make", "close")) is not None
    with pytest.raises(ContradictionError, match=r"input 2 of a word, open, was answered 'accepted, open', and now 'no'"):
        found.add(("make", "open"), ("accepted, closed", "no"))


def test_without_aalpy_one_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "aalpy", None)
    with pytest.raises(BadSettingsError, match=r"pip install 'parcelflow\[learn\]'"):
        taught(DOOR)


App = Callable[[MutableMapping[str, Any], Any, Any], Any]


def forgetful() -> App:
    """The simulator, where nobody can cancel a rent whose door was opened in mid-rent."""
    app: App = create_app(World(clock=Clock(frozen_at=START)))
    opened: set[str] = set()

    async def refuse(send: Any) -> None:
        await send({"type": "http.response.start", "status": 409, "headers": []})
        await send({"type": "http.response.body", "body": b'{"code": "rentNotInCorrectState", "message": ""}'})

    async def wrong(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        rent = next((part for part in str(scope["path"]).split("/") if len(part) == 24), "")
        if scope["path"].endswith("/cancel") and rent in opened:
            return await refuse(send)

        async def told(message: MutableMapping[str, Any]) -> None:
            if scope["path"].endswith("/open") and message.get("status") == 200:
                opened.add(rent)
            await send(message)

        return await app(scope, receive, told)

    return wrong


def test_a_server_over_its_api_is_watched_as_it_is_specified() -> None:
    with benched() as bench:
        for kind in ("store", "return"):
            watcher = Watcher(runner_of(bench, kind))
            for _, word in suite(watcher.runner.oracle, Level.SMOKE).stories:
                expected = watcher.right.run(word)
                assert expected is not None
                assert watcher.seen(word) == expected[0]


def few(oracle: Oracle, level: Level) -> Suite:
    return replace(suite(oracle, level), words=(("start", "close", "open", "close", "cancel"),))


def test_the_command_learns_draws_and_says_what_differs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conform_learn, "suite", few)
    with AsgiDriver(forgetful(), base_path="/bloqit", api_key="pretend-bloqit-key") as driver:
        status = learn_server(driver, ("store",), hooks=hooks(), strict=True, folder=tmp_path)
    said = capsys.readouterr().out
    assert status == 1
    assert "hidden copy: store in_progress with locker and item'" in said
    assert (tmp_path / "learned-store.dot").read_text().startswith("digraph")
    assert (tmp_path / "learned-store.mmd").read_text().startswith("flowchart")


def agrees_with_all(self: Recording, machine: Mealy) -> None:
    del self, machine


def asks_always(self: Recording, word: Word) -> None:
    del self, word


def by_its_word(right: Mealy, learned_one: Mealy, state: str) -> str:
    return differing._meant(right, learned_one.access[state])


def believes_all(self: Recording, outcome: Outcome) -> None:
    right_note(self, replace(outcome, findings=()))


right_note = Recording.note

MUTANTS = {
    "no machine is compared with what was seen": Mutant(
        Recording, "odd", agrees_with_all, test_a_hidden_copy_is_drawn_as_one),
    "what was recorded is asked again": Mutant(Recording, "get", asks_always, test_what_was_recorded_is_not_asked_again),
    "a state is called by its shortest word": Mutant(
        differing, "_like", by_its_word, test_an_arrow_that_looks_right_and_leads_astray_is_told),
    "what failed is believed": Mutant(
        Recording, "note", believes_all, test_words_that_failed_are_run_once_more_because_nobody_noted_their_end),
}  # fmt: skip


@pytest.mark.parametrize("name", MUTANTS)
def test_a_wrong_version_is_noticed(name: str) -> None:
    assert recording_module.Recording is Recording
    assert dies(MUTANTS[name])
