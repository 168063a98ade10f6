"""Linearizability: the search agrees with trying every order, and crowds on a server are judged by it."""

# pyright: reportPrivateUsage=false
# A mutant is the code under test with one wrong line; it has to reach inside.

from collections.abc import Callable, Generator, Iterator, MutableMapping, Sequence
from contextlib import contextmanager
from itertools import combinations, permutations
from random import Random
from threading import RLock
from typing import Any

import pytest
from killing import Mutant, dies
from walked import benched, runner_of

from parcelflow.adapters.operation import Request
from parcelflow.adapters.sender import Exchange, Lost
from parcelflow.conformance import crowds, linear
from parcelflow.conformance.crowds import concurrent
from parcelflow.conformance.driver import Driver
from parcelflow.conformance.linear import Call, linearized
from parcelflow.conformance.runner import Outcome
from parcelflow.simulator import Clock, World, create_app
from parcelflow.simulator.handle import START

LAMP = {("off", "on"): "on", ("on", "off"): "off", ("on", "break"): "broken", ("off", "break"): "broken"}


def follow(state: str, call: Call) -> tuple[str, ...]:
    target = LAMP.get((state, call.name))
    if call.accepted is None:
        return (target or state,)
    return (target or state,) if call.accepted == (target is not None) else ()


def made_up(chance: Random) -> tuple[list[Call], str]:
    """A history of three clients, most of them as a lamp would have it, and what was seen at the end."""
    calls: list[Call] = []
    for _ in range(3):
        now = chance.random() * 3
        for _ in range(chance.randint(1, 2)):
            sent, answered = now + chance.random(), now + 1 + chance.random() * 2
            unknown = chance.random() < 0.2
            told = None if unknown else chance.random() < 0.6
            calls.append(Call(chance.choice(("on", "off", "break")), sent, None if unknown else answered, told))
            now = answered
    return calls, chance.choice(("on", "off", "broken"))


def brute(calls: list[Call], end: str) -> bool:
    """Every order of every choice of those that may have happened."""
    must = [call for call in calls if call.known]
    may = [call for call in calls if not call.known]
    for size in range(len(may) + 1):
        for chosen in combinations(may, size):
            for order in permutations((*must, *chosen)):
                if _in_time(order) and _ends(order) == end:
                    return True
    return False


def _in_time(order: tuple[Call, ...]) -> bool:
    return not any(later.answered is not None and later.answered < earlier.sent for earlier, later in combinations(order, 2))


def _ends(order: tuple[Call, ...]) -> str | None:
    states = ["off"]
    for call in order:
        states = [after for state in states for after in follow(state, call)]
    return states[0] if states else None


def test_the_search_finds_an_order_where_there_is_one_and_only_there() -> None:
    chance = Random(5)  # noqa: S311 - examples, not secrets
    found = 0
    for _ in range(600):
        calls, end = made_up(chance)
        order = linearized(calls, "off", follow, lambda state, end=end: state == end)
        assert (order is not None) == brute(calls, end), (calls, end)
        if order is not None:
            found += 1
            assert _in_time(order.calls)
            assert _ends(order.calls) == end
            assert {call for call in calls if call.known} <= set(order.calls)
    assert 50 < found < 550


def test_what_was_answered_before_another_was_sent_happened_before_it() -> None:
    calls = [Call("on", 0, 1, accepted=True), Call("on", 2, 3, accepted=False)]
    assert linearized(calls, "off", follow, lambda state: state == "on") is not None
    assert linearized([calls[1], Call("on", 4, 5, accepted=True)], "off", follow, lambda _: True) is None


def test_a_call_without_an_answer_may_have_happened_or_not_and_late_at_that() -> None:
    lost = Call("on", 0)
    assert linearized([lost], "off", follow, lambda state: state == "on") is not None
    assert linearized([lost], "off", follow, lambda state: state == "off") is not None
    late = [lost, Call("off", 5, 6, accepted=False), Call("off", 7, 8, accepted=True)]
    assert linearized(late, "off", follow, lambda state: state == "off") is not None
    assert (
        linearized([lost, Call("off", 5, 6, accepted=True), Call("off", 7, 8, accepted=True)], "off", follow, lambda _: True)
        is None
    )


def test_a_long_history_costs_little() -> None:
    calls = [Call(("on", "off")[number % 2], number, number + 4.5, accepted=True) for number in range(300)]
    assert linearized(calls, "off", follow, lambda state: state == "off") is not None


class Threads:
    """A driver that several threads may use; every seventh answer of the crowd's is lost if it is told so."""

    workers = 4

    def __init__(self, driver: Driver, *, loses: bool = False) -> None:
        self._driver, self._lock, self._loses, self._sent = driver, RLock(), loses, 0

    def send(self, request: Request) -> Exchange:
        """Send it, one at a time."""
        with self._lock:
            exchange = self._driver.send(request)
            self._sent += 1
            if self._loses and request.method != "GET" and self._sent % 7 == 0:
                return Lost("the line was cut")
            return exchange

    def together(self, requests: Sequence[Request]) -> list[Exchange]:
        """One after the other."""
        return [self.send(request) for request in requests]

    def wait(self, seconds: float) -> None:
        """Let it work."""
        self._driver.wait(seconds)


App = Callable[[MutableMapping[str, Any], Any, Any], Any]


def server(wrong: str = "") -> App:
    """The simulator, or one that says that it did whatever ends in `wrong`."""
    app: App = create_app(World(clock=Clock(frozen_at=START)))

    async def lying(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        async def told(message: MutableMapping[str, Any]) -> None:
            if message.get("status") == 409:
                message["status"] = 200
            await send(message)

        await app(scope, receive, told if wrong and str(scope["path"]).endswith(wrong) else send)

    return lying


@contextmanager
def crowded(kind: str, app: App, wrap: Callable[[Driver], Driver] | None = None) -> Generator[Iterator[Outcome]]:
    with benched(app) as bench:
        runner = runner_of(bench, kind)
        if wrap is not None:
            bench.driver = wrap(bench.driver)
        yield concurrent(runner, 1, histories=25)


@pytest.mark.parametrize("kind", ["store", "delivery"])
@pytest.mark.parametrize("wrap", [None, Threads])
def test_crowds_on_the_simulator_are_explained(kind: str, wrap: Callable[[Driver], Driver] | None) -> None:
    with crowded(kind, server(), wrap) as outcomes:
        found = list(outcomes)
    assert len(found) == 25
    assert not [outcome.findings for outcome in found if outcome.findings or outcome.inconclusive]
    assert all("|" in outcome.word[-1] for outcome in found)


def test_a_lost_answer_is_no_fault_of_the_server() -> None:
    with crowded("store", server(), lambda driver: Threads(driver, loses=True)) as outcomes:
        found = list(outcomes)
    assert not [outcome.findings for outcome in found if outcome.findings]


def test_a_server_that_tells_two_clients_that_they_were_first_is_found() -> None:
    with crowded("store", server("/cancel")) as outcomes:
        findings = [finding for outcome in outcomes for finding in outcome.findings]
    assert findings
    assert {finding.check for finding in findings} == {"race"}
    assert "cancel accepted" in findings[0].got
    assert findings[0].records


def exacting(refused: list[str]) -> App:
    """The simulator, but for an extension to the date that a rent was extended to before: that is answered 400."""
    app: App = create_app(World(clock=Clock(frozen_at=START)))
    known: set[tuple[str, bytes]] = set()

    async def asking(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        message = await receive()
        path = str(scope["path"])
        asked = (path, bytes(message["body"]))

        async def again() -> MutableMapping[str, Any]:
            return message

        async def told(answer: MutableMapping[str, Any]) -> None:
            if answer.get("status") == 200 and path.endswith("/extend"):
                known.add(asked)
            await send(answer)

        if asked in known:
            refused.append(path)
            await send({"type": "http.response.start", "status": 400, "headers": []})
            await send({"type": "http.response.body", "body": b"{}"})
        else:
            await app(scope, again, told)

    return asking


def test_an_extension_to_the_same_date_may_be_refused() -> None:
    refused: list[str] = []
    with crowded("send", exacting(refused)) as outcomes:
        found = [(finding.word, finding.got) for outcome in outcomes for finding in outcome.findings]
    assert refused
    assert found == []


def test_a_crowd_is_the_same_for_the_same_seed() -> None:
    words: list[list[tuple[str, ...]]] = []
    for _ in range(2):
        with crowded("send", server()) as outcomes:
            words.append([outcome.word for outcome in outcomes])
    assert words[0] == words[1]


def nothing_before(every: Sequence[Call], call: Call) -> int:
    del every, call
    return 0


def answered_all(self: Call) -> bool:
    del self
    return True


def any_after(runner: Any, at: Any, call: Call) -> tuple[Any, ...]:
    return (crowds.Standing(runner.oracle.step(at.spot, call.name).target),)


MUTANTS = {
    "every extension extends": Mutant(crowds, "EXTEND", "nothing", test_an_extension_to_the_same_date_may_be_refused),
    "time is not looked at": Mutant(linear, "_before", nothing_before,
                                    test_what_was_answered_before_another_was_sent_happened_before_it),
    "what has no answer must have happened": Mutant(Call, "known", property(answered_all),
                                                    test_a_call_without_an_answer_may_have_happened_or_not_and_late_at_that),
    "answers are not looked at": Mutant(crowds, "_after", any_after,
                                        test_a_server_that_tells_two_clients_that_they_were_first_is_found),
}  # fmt: skip


@pytest.mark.parametrize("name", MUTANTS)
def test_a_wrong_version_is_noticed(name: str) -> None:
    assert dies(MUTANTS[name])
