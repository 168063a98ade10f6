"""Five hundred lives with deaths at named points keep the four promises; wrong engines do not."""

# pyright: reportPrivateUsage=false
# A mutant is the code under test with one wrong line; it has to reach inside.

import itertools
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import or_, select, update
from walks import Advance, Ask, BrokenPromiseError, Plan, Tell, plans, run

from parcelflow.engine import POINTS, UNSETTLED, OutboxStatus, Stamina, cases, commit, inbox, outbox, timers
from parcelflow.engine.batch import SEND, Batch
from parcelflow.engine.calling import Calling
from parcelflow.engine.deciding import AT_ONCE, Left
from parcelflow.engine.dues import dues
from parcelflow.engine.engine import Engine
from parcelflow.engine.outbox import Work
from parcelflow.engine.statements import Found, Statement, Values
from parcelflow.engine.tx import Later, Tx
from parcelflow.engine.wake import earliest
from parcelflow.machines import Done

PATIENT = settings(
    max_examples=500, deadline=None, suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large), derandomize=True
)


def test_five_hundred_lives_keep_the_four_promises() -> None:
    seen: Counter[str] = Counter()

    @PATIENT
    @given(plans())
    def lives(plan: Plan) -> None:
        life = run(plan)
        seen["lives"] += 1
        seen["deaths"] += life.crashes
        seen["effects"] += sum(life.world.happened.values())
        seen["looked up"] += life.world.looked_up
        seen["at once"] += plan.at_once
        for point, _ in life.died_at:
            seen[point] += 1

    lives()
    # A walk proves little that never dies, calls or doubts.
    assert seen["lives"] >= 500
    assert min(seen["deaths"], seen["effects"], seen["looked up"], seen["at once"], seen["lives"] - seen["at once"]) >= 100, seen
    assert {point for point in POINTS if not seen[point]} <= {"firing", "fired"}, seen


def plain_life(point: str, nth: int, *, meanwhile: bool = True, at_once: bool = False) -> Plan:
    """A life in which every point is reached, with a death at one, and a wish that is repeated while its call is out."""
    actions = [
        Tell("order", "1", "order_webhook", 0),
        Ask("order", "1", "accept", 0),
        Tell("delivery", "1", "rent.started", 0),
        Tell("delivery", "1", "rent.in_progress", 0),
        Tell("order", "1", "order_webhook", 0),
        Advance(90_000),
    ]
    return Plan(actions, ["done", "lost"], {(point, nth)}, [Ask("order", "1", "accept", 1)] if meanwhile else [], at_once=at_once)


@pytest.mark.parametrize("at_once", [False, True], ids=["later", "at once"])
@pytest.mark.parametrize("point", POINTS)
def test_a_death_at_each_point_is_survived(point: str, *, at_once: bool) -> None:
    crashes = [run(plain_life(point, nth, at_once=at_once)).crashes for nth in range(1, 4)]
    assert crashes[0] == 1


def settle_before_calling(self: Calling) -> bool:
    works = self._exchange(most=1)
    self._back += [(work, Done()) for work in works]
    self._exchange(most=0)
    for work in works:
        self._errands.run(work)
    return bool(works)


def left(tx: Tx) -> Left:
    """Nothing is to be decided; what is due is."""
    found = dues(tx)()
    return Left(more=False, due=earliest(found.timer, found.held))


def call_while_deciding(self: Engine) -> Left:
    """One transaction around the decision and its calls."""
    now = self._ports.clock.now()
    with self._store.deciding() as tx:
        timers.fire_due(tx, now, most=AT_ONCE)
        messages = inbox.pick(tx, now, AT_ONCE)()
        if not messages:
            return left(tx)
        commit.decide_some(tx, self._rules, messages, now)
        while works := [work for system in self._rules.systems for work in outbox.claim(tx, system, 1, now)]:
            back = [self._calling._errands.run(work) for work in works]
            outbox.settle(tx, back, now, ours=outbox.mine(tx, back)(), stamina=Stamina())
        self._ports.reach("committing")
    self._ports.reach("committed")
    return Left(more=True, due=None)


def effects_in_a_second_transaction(self: Engine) -> Left:
    now = self._ports.clock.now()
    later: list[Values] = []

    def put_off(self: Batch) -> None:
        later.extend(self._sent)
        self._sent.clear()
        honest(self)

    honest = Batch.flush
    try:
        Batch.flush = put_off
        with self._store.deciding() as tx:
            timers.fire_due(tx, now, most=AT_ONCE)
            messages = inbox.pick(tx, now, AT_ONCE)()
            if not messages:
                return left(tx)
            commit.decide_some(tx, self._rules, messages, now)
    finally:
        Batch.flush = honest
    self._ports.reach("committed")
    with self._store.writing() as tx:
        tx.many(SEND, later)
    return Left(more=True, due=None)


FRESH = itertools.count()


def fresh_key_per_try(tx: Tx, system: str, most: int, now: datetime, *, lease: timedelta) -> list[Work]:
    works = HONEST_CLAIM(tx, system, most, now, lease=lease)
    return [replace(work, key=f"fresh-{next(FRESH)}") for work in works]


def never_look_up(tx: Tx, system: str, most: int, now: datetime, *, lease: timedelta) -> list[Work]:
    return [replace(work, unsure=False) for work in HONEST_CLAIM(tx, system, most, now, lease=lease)]


def forget_claimed(_tx: Tx, _now: object) -> int:
    return 0


def trust_claimed(tx: Tx, now: object) -> int:
    """Take what was interrupted for never called."""
    table = outbox.OUTBOX
    claimed = table.c.status == OutboxStatus.CLAIMED
    return tx.run(Statement(update(table).where(claimed).values(status=OutboxStatus.OPEN, due_at=now)))


def over_when_settled(tx: Tx, keys: str) -> Later[list[Found]]:
    """A call counts as over when its answer has come, before its case has taken it in."""
    table = outbox.OUTBOX
    query = select(table.c.effect_key).where(or_(*(table.c.status == status for status in UNSETTLED)))
    open_calls = {effect for (effect,) in tx.all(Statement(query))}
    under_way = HONEST_UNDER_WAY(tx, keys)
    return lambda: [found for found in under_way() if found[2] in open_calls]


HONEST_UNDER_WAY = cases.under_way
HONEST_CLAIM = outbox.claim
MUTANTS = {
    "settle before calling": (Calling, "work_one", settle_before_calling),
    "call inside the deciding transaction": (Engine, "_decide_some", call_while_deciding),
    "state and effects in two transactions": (Engine, "_decide_some", effects_in_a_second_transaction),
    "a fresh key per try": (outbox, "claim", fresh_key_per_try),
    "no look-up before a retry": (outbox, "claim", never_look_up),
    "what was claimed at a crash is forgotten": (outbox, "doubt_claimed", forget_claimed),
    "what was claimed at a crash is called again": (outbox, "doubt_claimed", trust_claimed),
    "a call is over when it is settled": (cases, "under_way", over_when_settled),
}
HOLDS_THE_WRITER = "call inside the deciding transaction"
"""While this one calls, nothing else can be written; whatever happened meanwhile would only wait for the lock."""


@contextmanager
def mutated(name: str) -> Generator[None, None, None]:
    place, attribute, wrong = MUTANTS[name]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(place, attribute, wrong)
        yield


def plain_lives(*, meanwhile: bool) -> None:
    for point, nth in itertools.product(POINTS, range(1, 4)):
        run(plain_life(point, nth, meanwhile=meanwhile))


@pytest.mark.parametrize("name", MUTANTS)
def test_the_promises_kill_the_mutant(name: str) -> None:
    """By plain lives: random ones meet the one death that matters too, but some only after hundreds, or one seed never."""
    with mutated(name), pytest.raises(BrokenPromiseError):
        plain_lives(meanwhile=name != HOLDS_THE_WRITER)
