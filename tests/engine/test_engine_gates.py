"""Gates: how many calls may begin, what answers do to that, when to look again, and that it holds for many threads."""

# pyright: reportPrivateUsage=false
# A mutant is the code under test with one wrong line; it has to reach inside.

from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Lock
from types import TracebackType

import pytest
from hypothesis import given
from hypothesis import strategies as st
from killing import SEARCH, Mutant, dies

from parcelflow.engine import gates
from parcelflow.engine.breaker import Breaker, Circuit, heard
from parcelflow.engine.gates import Gates, GateState
from parcelflow.engine.notices import Notice
from parcelflow.engine.outgoing import CircuitClosed, CircuitOpened
from parcelflow.engine.pace import Pace, Span
from parcelflow.engine.watch import Listener, Watch
from parcelflow.machines import Answer, Done, Refused, TryLater, Unknown

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
BUSY = TryLater("429", timedelta(minutes=2))
SILENT = Unknown("no answer came")


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def fresh(*listeners: Listener) -> Gates:
    """Bloq.it with a rate, everybody else as they come."""
    return Gates({"bloqit": Pace(2.0, burst=3, concurrency=4)}, Pace(concurrency=2), Watch(listeners))


def called(standing: Gates, system: str, answer: Answer, *, times: int = 1, now: datetime = AT, looked_up: bool = False) -> None:
    """Calls one after the other."""
    for _ in range(times):
        standing.begin(system, now)
        standing.end(system, answer, now, looked_up=looked_up)


def test_what_is_under_way_takes_room_until_it_has_ended() -> None:
    standing = fresh()
    assert standing.room("blink", AT) == 2
    standing.begin("blink", AT)
    assert standing.room("blink", AT) == 1
    standing.begin("blink", AT)
    assert standing.room("blink", AT) == 0
    standing.begin("blink", AT)  # whoever begins without room is counted nevertheless
    assert [standing.room("blink", AT), standing.states(AT)["blink"].under_way] == [0, 3]
    for answer in (Done(), Refused("no"), Done()):
        standing.end("blink", answer, AT)
    assert standing.room("blink", AT) == 2
    standing.end("blink", Done(), AT)
    assert standing.room("blink", AT) == 2  # a slot that nobody took is nobody's to give back


def test_a_rate_holds_beside_what_may_be_under_way() -> None:
    standing = fresh()
    assert standing.room("bloqit", AT) == 3  # a burst, although four could be under way
    called(standing, "bloqit", Done(), times=3)
    assert [standing.room("bloqit", AT + seconds(later)) for later in (0, 0.4, 0.5, 1, 60)] == [0, 0, 1, 2, 3]


def room_after(*took: float, system: str = "blink", answer: Answer = Done()) -> int:  # noqa: B008 - frozen
    """How much room there is once calls were out for so many seconds each."""
    standing = fresh()
    for each in took:
        standing.begin(system, AT)
        standing.end(system, answer, AT, took=each)
    return standing.room(system, AT + seconds(3600))


def what_is_quick_is_claimed_ahead() -> None:
    """Two may be out at once. As much comes on top as they are done with in a twentieth of a second, and 250 at most."""
    assert [room_after(took) for took in (1.0, 0.05, 0.04, 0.025, 0.01, 0.001, 0.0)] == [2, 2, 2, 4, 10, 100, 252]
    assert room_after() == 2


def a_slow_call_is_believed_at_once_and_a_quick_one_is_not() -> None:
    assert room_after(0.001, 1.0) == 2
    assert room_after(1.0, 0.001) == 2
    assert room_after(1.0, *[0.001] * 50) > 90


def what_is_limited_or_fails_is_not_claimed_ahead() -> None:
    assert room_after(0.001, system="bloqit") == 3
    assert room_after(0.001, answer=SILENT) == 2
    assert room_after(0.001, answer=Refused("no")) == 100


def test_what_was_claimed_and_not_called_gives_its_room_back() -> None:
    standing = fresh()
    standing.begin("blink", AT)
    standing.put_back("blink", AT)
    standing.put_back("blink", AT)  # a slot that nobody took is nobody's to give back
    assert (standing.room("blink", AT), standing.states(AT)["blink"].failures) == (2, 0)


def test_what_was_claimed_may_not_leave_while_its_gate_is_shut() -> None:
    standing = fresh()
    assert standing.shut_for("blink", AT) is None
    called(standing, "blink", SILENT, times=5)
    assert standing.shut_for("blink", AT + seconds(10)) == seconds(20)
    assert standing.shut_for("blink", AT + seconds(30)) is None  # the trial
    called(standing, "blink", BUSY, now=AT)
    assert standing.shut_for("blink", AT + seconds(10)) == seconds(110)


def whatever_comes(before: float | None, took: float) -> float:
    del before
    return took


def however_slow(expects: float | None, concurrency: int) -> int:
    return min(int(concurrency * 50 / max((expects or 1.0) * 1000, 0.1)), 250)


AHEAD = (
    Mutant(gates, "expected", whatever_comes, a_slow_call_is_believed_at_once_and_a_quick_one_is_not),
    Mutant(gates, "ahead", however_slow, what_is_quick_is_claimed_ahead),
)


@pytest.mark.parametrize(
    "check",
    [
        what_is_quick_is_claimed_ahead,
        a_slow_call_is_believed_at_once_and_a_quick_one_is_not,
        what_is_limited_or_fails_is_not_claimed_ahead,
    ],
)
def test_ahead(check: Callable[[], None]) -> None:
    check()


@pytest.mark.parametrize("mutant", AHEAD, ids=lambda mutant: mutant.name)
def test_a_wrong_ahead_is_noticed(mutant: Mutant) -> None:
    assert dies(mutant)


def test_no_system_waits_for_another() -> None:
    standing = fresh()
    called(standing, "bloqit", SILENT, times=5)
    called(standing, "blink", BUSY)
    assert standing.shut(AT) == {"bloqit", "blink"}
    assert standing.room("logistics", AT) == 2


def test_whoever_asks_to_be_left_alone_is_and_has_not_failed() -> None:
    standing = fresh()
    called(standing, "blink", SILENT, times=4)
    called(standing, "blink", BUSY)
    assert [standing.room("blink", AT + seconds(later)) for later in (0, 119, 120)] == [0, 0, 2]
    assert standing.states(AT + seconds(1))["blink"] == GateState(Circuit.CLOSED, 0, 0, None, AT + seconds(120))
    assert standing.states(AT + seconds(120))["blink"].asked_until is None
    called(standing, "blink", BUSY, times=9, now=AT + seconds(121))
    assert standing.states(AT + seconds(121))["blink"].word == "closed"


def test_of_two_wishes_the_longer_counts_and_none_is_longer_than_an_hour() -> None:
    standing = fresh()
    for wish in (600, 5, 0, -5):
        called(standing, "blink", TryLater("429", seconds(wish)))
    assert standing.next_at(AT) == AT + seconds(600)
    called(standing, "blink", TryLater("429", timedelta(days=900_000_000)), now=AT + seconds(60))
    assert standing.next_at(AT + seconds(60)) == AT + seconds(3660)


def test_a_wish_for_no_time_at_all_shuts_nothing() -> None:
    standing = fresh()
    called(standing, "blink", TryLater("once more", timedelta()))
    assert standing.room("blink", AT - seconds(1)) == 2


def test_five_calls_in_a_row_without_an_answer_open_the_circuit() -> None:
    for answer in (SILENT, TryLater("the request was not sent")):
        standing = fresh()
        called(standing, "blink", answer, times=4)
        assert standing.room("blink", AT) == 2
        called(standing, "blink", answer)
        assert standing.room("blink", AT) == 0
        assert standing.states(AT)["blink"] == GateState(Circuit.OPEN, 5, 0, AT + seconds(30), None)
        assert standing.room("blink", AT + seconds(30)) == 1
        assert standing.states(AT + seconds(30))["blink"].word == "half-open"


@pytest.mark.parametrize("answer", [Done(), Refused("no"), BUSY])
def test_any_answer_shows_that_somebody_is_there(answer: Answer) -> None:
    standing = fresh()
    called(standing, "blink", SILENT, times=4)
    called(standing, "blink", answer)
    called(standing, "blink", SILENT, times=4, now=AT + seconds(600))
    assert standing.room("blink", AT + seconds(600)) == 2


def test_what_a_look_up_found_out_says_nothing_of_the_remote() -> None:
    """It may not have asked it at all, and so must neither open a circuit nor close one."""
    proof = TryLater("nothing has this key, so it was not created")
    standing = fresh()
    called(standing, "blink", proof, times=20, looked_up=True)
    assert standing.states(AT)["blink"].failures == 0
    for _ in range(5):
        called(standing, "blink", SILENT)
        called(standing, "blink", proof, looked_up=True)
    assert standing.states(AT)["blink"].word == "open"
    called(standing, "blink", Done(), looked_up=True)
    assert standing.states(AT)["blink"].word == "closed"
    called(standing, "blink", SILENT, times=5, looked_up=True)
    assert standing.states(AT)["blink"].word == "open"


def test_a_half_open_circuit_lets_one_trial_through_at_a_time() -> None:
    standing, later = fresh(), AT + seconds(30)
    called(standing, "blink", SILENT, times=5)
    standing.begin("blink", later)
    assert standing.room("blink", later) == 0
    assert standing.next_at(later) is None  # only the trial's end helps
    standing.end("blink", SILENT, later)
    assert standing.next_at(later) == AT + seconds(90)
    called(standing, "blink", Done(), now=AT + seconds(90))
    assert standing.room("blink", AT + seconds(90)) == 2


def test_the_next_look_is_when_the_last_thing_in_the_way_of_the_first_gate_is_over() -> None:
    standing = fresh()
    assert standing.next_at(AT) is None
    called(standing, "bloqit", Done(), times=3)
    assert standing.next_at(AT) == AT + seconds(0.5)
    called(standing, "bloqit", TryLater("429", seconds(7)))
    called(standing, "bloqit", SILENT, times=5)
    assert standing.next_at(AT) == AT + seconds(30)
    called(standing, "blink", TryLater("429", seconds(20)))
    assert standing.next_at(AT) == AT + seconds(20)
    standing.begin("blink", AT)
    standing.begin("blink", AT)
    assert standing.next_at(AT) == AT + seconds(30)  # time alone does not help Blink any more


def test_a_clock_that_was_put_back_shuts_no_gate_for_long() -> None:
    standing, put_back = fresh(), AT - timedelta(days=3)
    called(standing, "bloqit", Done(), times=3)
    called(standing, "blink", BUSY)
    called(standing, "logistics", SILENT, times=5)
    assert standing.shut(put_back) == {"bloqit"}
    assert [standing.room("bloqit", put_back + seconds(later)) for later in (0, 0.5)] == [0, 1]
    assert [standing.room(system, put_back) for system in ("blink", "logistics")] == [2, 1]
    called(standing, "blink", TryLater("429", seconds(20)), now=put_back)
    assert standing.next_at(put_back + seconds(1)) == put_back + seconds(20)


def test_every_gate_is_shown_that_was_named_or_used() -> None:
    standing = fresh()
    standing.begin("blink", AT)
    assert standing.states(AT) == {
        "bloqit": GateState(Circuit.CLOSED, 0, 0, None, None),
        "blink": GateState(Circuit.CLOSED, 0, 1, None, None),
    }


class Asking:
    """Keeps what it is told, and whether it could have asked back."""

    def __init__(self, lock: Callable[[], bool] = lambda: False) -> None:
        self.told: list[Notice] = []
        self.held: list[bool] = []
        self._lock = lock

    def hear(self, notice: Notice) -> None:
        """One fact."""
        self.told.append(notice)
        self.held.append(self._lock())


def test_a_circuit_that_opens_or_closes_is_told_once() -> None:
    asking = Asking()
    standing = fresh(asking)
    called(standing, "blink", SILENT, times=8)
    called(standing, "blink", SILENT, now=AT + seconds(30))
    called(standing, "blink", Done(), times=2, now=AT + seconds(90))
    assert asking.told == [
        CircuitOpened("blink", failures=5, until=AT + seconds(30)),
        CircuitOpened("blink", failures=9, until=AT + seconds(90)),
        CircuitClosed("blink"),
    ]


ANSWERS: tuple[Answer, ...] = (Done(), Refused("no"), BUSY, TryLater("429", seconds(0.3)), TryLater("not sent"), SILENT)
SYSTEMS = ("bloqit", "blink")
STEPS = st.tuples(
    st.sampled_from((0.0, 0.1, 0.5, 1.0, 31.0)),
    st.sampled_from(SYSTEMS),
    st.one_of(st.integers(1, 5), st.sampled_from((*ANSWERS, SILENT, SILENT, SILENT))),
)


@SEARCH
@given(st.lists(STEPS, max_size=40))
def test_any_story_keeps_its_limits_and_knows_when_to_look_again(story: list[tuple[float, str, int | Answer]]) -> None:
    """A number begins up to so many calls, an answer ends the oldest."""
    standing, now = fresh(), AT
    out: dict[str, int] = dict.fromkeys(SYSTEMS, 0)
    for later, system, step in story:
        now += seconds(later)
        before = standing.states(now).get(system, UNKNOWN)
        if isinstance(step, int):
            room = min(step, standing.room(system, now))
            for _ in range(room):
                standing.begin(system, now)
            out[system] += room
            assert out[system] <= (4 if system == "bloqit" else 2)
            assert before.word != "open" or room == 0
            assert before.word != "half-open" or room <= max(1 - before.under_way, 0)
        elif out[system]:
            standing.end(system, step, now)
            out[system] -= 1
        assert standing.shut(now) == {each for each in standing.states(now) if standing.room(each, now) == 0}
    looked_at_in_time(standing, now)


UNKNOWN = GateState(Circuit.CLOSED, 0, 0, None, None)


def looked_at_in_time(standing: Gates, now: datetime) -> None:
    """Nothing opens before the next look, and something has opened then; without one, time opens nothing."""
    shut, at = standing.shut(now), standing.next_at(now)
    if at is None:
        assert standing.shut(now + timedelta(days=1)) == shut
        return
    assert at > now
    nearly = at - seconds(0.001)
    assert nearly < now or standing.shut(nearly) == shut
    assert standing.shut(at) < shut


class WatchedLock:
    """A lock that knows whether it is held."""

    def __init__(self) -> None:
        self._lock = Lock()

    def __enter__(self) -> bool:
        return self._lock.acquire()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._lock.release()

    @property
    def held(self) -> bool:
        """Whether somebody has it."""
        return self._lock.locked()


class Guarded(dict[str, gates._Gate]):
    """Gates that nobody may look at who does not hold the lock."""

    def __init__(self, content: dict[str, gates._Gate], lock: WatchedLock) -> None:
        super().__init__(content)
        self._lock = lock

    def __getitem__(self, name: str) -> gates._Gate:
        assert self._lock.held, "looked at without the lock"
        return super().__getitem__(name)

    def __iter__(self) -> Iterator[str]:
        assert self._lock.held, "gone through without the lock"
        return super().__iter__()


@contextmanager
def watched(standing: Gates) -> Generator[WatchedLock]:
    """Gates that object to whoever comes without the lock, and that say whether whoever speaks has it."""
    lock = WatchedLock()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(standing, "_lock", lock)
        patch.setattr(standing, "_gates", Guarded(standing._gates, lock))
        yield lock


def test_every_question_holds_the_lock_and_nothing_is_told_with_it() -> None:
    asking = Asking(lambda: lock.held)
    standing = fresh(asking)
    with watched(standing) as lock:
        called(standing, "bloqit", SILENT, times=5)
        standing.room("bloqit", AT)
        standing.shut(AT)
        standing.next_at(AT)
        standing.states(AT)
    assert asking.held == [False]


def test_many_threads_give_back_what_they_took() -> None:
    standing = Gates({}, Pace(concurrency=1000))

    def work(number: int) -> None:
        for _ in range(50):
            standing.begin("blink", AT + seconds(number % 3))
            standing.end("blink", ANSWERS[number % 2], AT)

    with ThreadPoolExecutor(8) as pool:
        deque(pool.map(work, range(8)), maxlen=0)
    assert standing.room("blink", AT) == 1000


HONEST_JUDGED, HONEST_BEGIN, HONEST_WAITS = gates._judged, Gates.begin, gates._waits


def strict(breaker: Breaker, answer: Answer, now: datetime, *, looked_up: bool) -> Breaker:
    """Whoever asks for patience has failed."""
    return (
        heard(breaker, now, answered=False)
        if isinstance(answer, TryLater) and not looked_up
        else (HONEST_JUDGED(breaker, answer, now, looked_up=looked_up))
    )


def lenient(breaker: Breaker, answer: Answer, now: datetime, *, looked_up: bool) -> Breaker:
    """What certainly did not happen is an answer, too."""
    del looked_up
    return heard(breaker, now, answered=not isinstance(answer, Unknown))


def gullible(breaker: Breaker, answer: Answer, now: datetime, *, looked_up: bool) -> Breaker:
    """A look-up's answer is a call's."""
    del looked_up
    return HONEST_JUDGED(breaker, answer, now, looked_up=False)


def latest(asked: Span | None, answer: Answer, now: datetime) -> Span | None:
    """The last wish counts."""
    return Span(now, now + min(answer.after, gates.LONGEST_SHUT)) if isinstance(answer, TryLater) and answer.after else asked


def stubborn(span: Span | None, now: datetime) -> datetime | None:
    """A clock that was put back is waited for."""
    return span.until if span is not None and now < span.until else None


def first_of_all(gate: gates._Gate, now: datetime) -> datetime | None:
    """The first thing that is over, and not the last."""
    tried = gates.opens_at(gate.breaker) if gate.breaker.state(now) is Circuit.OPEN else None
    waits = [gates._waits(gate.asked, now), tried, gates.ready_at(gate.bucket, gate.pace, now)]
    return min((at for at in waits if at is not None), default=None)


def hopeful(gate: gates._Gate, now: datetime) -> datetime | None:
    """Time helps, whatever else is in the way."""
    tried = gates.opens_at(gate.breaker) if gate.breaker.state(now) is Circuit.OPEN else None
    waits = [gates._waits(gate.asked, now), tried, gates.ready_at(gate.bucket, gate.pace, now)]
    return max((at for at in waits if at is not None), default=None)


def free_of_charge(self: Gates, system: str, now: datetime) -> None:
    """Takes a slot, and nothing out of the bucket."""
    with self._lock:
        self._gate(system, now).under_way += 1


def endless(self: Gates, system: str, answer: Answer, now: datetime, *, looked_up: bool = False) -> None:
    """Nothing is given back."""
    with self._lock:
        gate = self._gate(system, now)
        gate.breaker = HONEST_JUDGED(gate.breaker, answer, now, looked_up=looked_up)


def unlocked(self: Gates, system: str, now: datetime) -> int:
    return gates._room(self._gate(system, now), now)


def telling(self: Gates, system: str, answer: Answer, now: datetime, *, looked_up: bool = False) -> None:
    """Says what it has to say while it holds the lock."""
    with self._lock:
        gate = self._gate(system, now)
        gate.under_way -= 1
        before, gate.breaker = gate.breaker, HONEST_JUDGED(gate.breaker, answer, now, looked_up=looked_up)
        gates._tell(self._watch, system, before, gate.breaker)


PATIENT = test_whoever_asks_to_be_left_alone_is_and_has_not_failed
LOOK_UPS = test_what_a_look_up_found_out_says_nothing_of_the_remote
LOCKED = test_every_question_holds_the_lock_and_nothing_is_told_with_it
STORY = test_any_story_keeps_its_limits_and_knows_when_to_look_again
MUTANTS = {
    "a 429 is a failure": Mutant(gates, "_judged", strict, PATIENT),
    "a request that was not sent is an answer": Mutant(
        gates, "_judged", lenient, test_five_calls_in_a_row_without_an_answer_open_the_circuit
    ),
    "a proof that it did not happen is a failure": Mutant(gates, "_judged", gullible, LOOK_UPS),
    "a shorter wish replaces a longer one": Mutant(
        gates, "_asked", latest, test_of_two_wishes_the_longer_counts_and_none_is_longer_than_an_hour
    ),
    "a clock that was put back is waited for": Mutant(
        gates, "_waits", stubborn, test_a_clock_that_was_put_back_shuts_no_gate_for_long
    ),
    "the alarm rings when the first of two things is over": Mutant(gates, "_opens", first_of_all, STORY),
    "the alarm rings although a call has to end first": Mutant(gates, "_opens", hopeful, STORY),
    "a call that begins costs nothing": Mutant(Gates, "begin", free_of_charge, test_a_rate_holds_beside_what_may_be_under_way),
    "a call that ends gives nothing back": Mutant(Gates, "end", endless, test_what_is_under_way_takes_room_until_it_has_ended),
    "a question without the lock": Mutant(Gates, "room", unlocked, LOCKED),
    "told with the lock": Mutant(Gates, "end", telling, LOCKED),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_the_promises_kill_the_mutant(name: str) -> None:
    assert dies(MUTANTS[name])


def a_locker_that_is_silent_closes_no_remote() -> None:
    standing = fresh()
    for answer in (
        Unknown("504: the locker does not answer", answered=True),
        TryLater("502: the bloq is offline", answered=True),
    ):
        called(standing, "bloqit", answer, times=9)
    assert standing.states(AT)["bloqit"].word == Circuit.CLOSED
    called(standing, "bloqit", SILENT, times=5)
    assert standing.states(AT)["bloqit"].word == Circuit.OPEN


def test_a_locker_that_is_silent_closes_no_remote() -> None:
    a_locker_that_is_silent_closes_no_remote()


def test_whoever_takes_a_lockers_silence_for_its_remotes_is_noticed() -> None:
    def judged(breaker: Breaker, answer: Answer, now: datetime, *, looked_up: bool) -> Breaker:
        del looked_up
        return heard(breaker, now, answered=not isinstance(answer, Unknown | TryLater))

    assert dies(Mutant(gates, "_judged", judged, a_locker_that_is_silent_closes_no_remote))
