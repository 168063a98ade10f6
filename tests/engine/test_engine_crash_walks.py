"""Five hundred lives with deaths at named points keep the four promises; wrong engines do not."""

# pyright: reportPrivateUsage=false
# A mutant is the code under test with one wrong line; it has to reach inside.

import itertools
from collections import Counter
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import Connection, select, update
from walks import Advance, Ask, BrokenPromiseError, Plan, Tell, plans, run

from parcelflow.engine import POINTS, cases, commit, inbox, outbox, timers
from parcelflow.engine.engine import Engine
from parcelflow.engine.outbox import Outbox, Work
from parcelflow.engine.tables import UNSETTLED, CaseRow, InboxRow, OutboxStatus
from parcelflow.machines import Done, Effect

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
        for point, _ in life.died_at:
            seen[point] += 1

    lives()
    # A walk proves little that never dies, calls or doubts.
    assert seen["lives"] >= 500
    assert min(seen["deaths"], seen["effects"], seen["looked up"]) >= 100, seen
    assert {point for point in POINTS if not seen[point]} <= {"firing", "fired"}, seen


def plain_life(point: str, nth: int, *, meanwhile: bool = True) -> Plan:
    """A life in which every point is reached, with a death at one, and a wish that is repeated while its call is out."""
    actions = [
        Tell("order", "1", "order_webhook", 0),
        Ask("order", "1", "accept", 0),
        Tell("delivery", "1", "rent.started", 0),
        Tell("delivery", "1", "rent.in_progress", 0),
        Tell("order", "1", "order_webhook", 0),
        Advance(90_000),
    ]
    return Plan(actions, ["done", "lost"], {(point, nth)}, [Ask("order", "1", "accept", 1)] if meanwhile else [])


@pytest.mark.parametrize("point", POINTS)
def test_a_death_at_each_point_is_survived(point: str) -> None:
    crashes = [run(plain_life(point, nth)).crashes for nth in range(1, 4)]
    assert crashes[0] == 1


def settle_before_calling(self: Outbox) -> bool:
    work = self._claim()
    if work is None:
        return False
    self._settle(work, Done())
    self._reach("settled")
    self._call(work)
    return True


def call_while_deciding(self: Engine) -> bool:
    """One transaction around the decision and its calls."""
    now = self._ports.clock.now()
    with self._store.writing() as tx:
        timers.fire_due(tx, now)
        row = inbox.pick(tx, now)
        if row is None:
            return False
        commit.step(tx, self._rules, row, now)
        while (work := outbox.claim(tx, now)) is not None:
            outbox.settle(tx, work, self._outbox._call(work), now)
        self._ports.reach("committing")
    self._ports.reach("committed")
    return True


def effects_in_a_second_transaction(self: Engine) -> bool:
    now = self._ports.clock.now()
    later: list[tuple[Iterable[Effect], datetime, int]] = []

    def put_off(_tx: Connection, effects: Iterable[Effect], at: datetime, *, seq: int) -> None:
        later.append((effects, at, seq))

    honest = commit._send
    try:
        commit._send = put_off
        with self._store.writing() as tx:
            timers.fire_due(tx, now)
            row = inbox.pick(tx, now)
            if row is None:
                return False
            commit.step(tx, self._rules, row, now)
    finally:
        commit._send = honest
    self._ports.reach("committed")
    with self._store.writing() as tx:
        for effects, at, seq in later:
            honest(tx, effects, at, seq=seq)
    return True


FRESH = itertools.count()


def fresh_key_per_try(tx: Connection, now: datetime) -> Work | None:
    work = HONEST_CLAIM(tx, now)
    return None if work is None else replace(work, key=f"fresh-{next(FRESH)}")


def never_look_up(tx: Connection, now: datetime) -> Work | None:
    work = HONEST_CLAIM(tx, now)
    return None if work is None else replace(work, unsure=False)


def forget_claimed(_tx: Connection, _now: object) -> int:
    return 0


def trust_claimed(tx: Connection, now: object) -> int:
    """Take what was interrupted for never called."""
    table = outbox.OUTBOX
    claimed = table.c.status == OutboxStatus.CLAIMED
    return tx.execute(update(table).where(claimed).values(status=OutboxStatus.OPEN, due_at=now)).rowcount


def over_when_settled(tx: Connection, case: CaseRow, _message: InboxRow) -> frozenset[str]:
    """A call counts as over when its answer has come, before its case has taken it in."""
    table = outbox.OUTBOX
    query = select(table.c.trigger).where(table.c.kind == case.kind, table.c.key == case.key, table.c.status.in_(UNSETTLED))
    return frozenset(tx.execute(query).scalars())


HONEST_CLAIM = outbox.claim
MUTANTS = {
    "settle before calling": (Outbox, "work_one", settle_before_calling),
    "call inside the deciding transaction": (Engine, "_decide_one", call_while_deciding),
    "state and effects in two transactions": (Engine, "_decide_one", effects_in_a_second_transaction),
    "a fresh key per try": (outbox, "claim", fresh_key_per_try),
    "no look-up before a retry": (outbox, "claim", never_look_up),
    "what was claimed at a crash is forgotten": (outbox, "doubt_claimed", forget_claimed),
    "what was claimed at a crash is called again": (outbox, "doubt_claimed", trust_claimed),
    "a call is over when it is settled": (cases, "_under_way", over_when_settled),
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
