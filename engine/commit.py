"""The commit: one message decided, and everything that follows from it written, in one transaction.

May not call out, and nothing outside this module writes a case, the journal or a new effect. Non-obvious choice: the transaction
holds the whole of a decision (case, journal, effects, timers, the wishes of linked cases, the message's own end), so a crash
leaves either the undecided message or all of its consequences.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, insert

from ..machines import (
    ABSENT,
    CALL_REFUSED,
    NO_FACTS,
    REMOTE_STATE,
    Arrival,
    Case,
    Cause,
    Decision,
    Effect,
    Event,
    Facts,
    Link,
    Outcome,
    Step,
    Table,
    classify,
    decide,
    linked,
)
from . import cases, inbox
from .store import JOURNAL, OUTBOX
from .tables import InboxRow, InboxStatus, OutboxStatus
from .timers import set_timers

WAITING = (Outcome.WAIT, Outcome.EARLY)


@dataclass(frozen=True, slots=True)
class Rules:
    """What decisions are made by: compiled machines by kind, and links."""

    tables: Mapping[str, Table]
    links: tuple[Link, ...]


def step(tx: Connection, rules: Rules, row: InboxRow, now: datetime) -> Decision | None:
    """Decide one message and write what follows.

    Returns:
        The decision, or None when the message concerns no case (or none that is known yet).
    """
    located = cases.locate(tx, row)
    if located is None:
        _set_aside(tx, row)
        return None
    table = rules.tables.get(located.kind)
    if table is None:
        inbox.finish(tx, row, InboxStatus.DEAD, note=f"no machine is called {located.kind!r}")
        return None
    begun = located if located.state != ABSENT else replace(located, state=table.start)
    case = _bound(tx, begun, row, table)
    decision = _decide(tx, table, case, row, now)
    if decision.outcome in WAITING:
        due = None if decision.outcome is Outcome.WAIT else row.due_at or now + timedelta(seconds=table.machine.hold)
        inbox.finish(tx, row, InboxStatus.HELD, kind=case.kind, key=case.key, due_at=due, note=decision.reason)
        return decision
    _write(tx, rules, row, case=case, decision=decision, now=now)
    inbox.finish(tx, row, InboxStatus.DONE, kind=case.kind, key=case.key, note=decision.reason)
    inbox.release_case(tx, case.kind, case.key)
    return decision


def _set_aside(tx: Connection, row: InboxRow) -> None:
    if row.remote_id is None:
        inbox.finish(tx, row, InboxStatus.DONE, note="concerns no case")
    else:
        inbox.finish(tx, row, InboxStatus.PARKED, note=f"no case has the {row.system} id {row.remote_id!r} yet")


def _bound(tx: Connection, case: Case, row: InboxRow, table: Table) -> Case:
    """The case with the remote id that the message brings, if it has none yet."""
    if row.remote_id is None or case.remote_id is not None:
        return case
    if cases.of_remote(tx, table.machine.system, row.remote_id) is not None:
        return case  # another case carries it; two cases of one remote thing would both act on its webhooks
    inbox.release_remote(tx, table.machine.system, row.remote_id)
    return replace(case, remote_id=row.remote_id)


def _decide(tx: Connection, table: Table, case: Case, row: InboxRow, now: datetime) -> Decision:
    event = event_of(row)
    decision = decide(table, case, event)
    if decision.outcome is not Outcome.CONTRADICTION:
        return _followed_up(table, case, event, decision)
    if event.name == REMOTE_STATE and _is_stale(tx, case, event):
        again = _look(case, table.machine.read or "")
        return Decision(Outcome.NOTED, case.state, effects=(again,), reason="read before something else was heard; read again")
    decision = classify(table, case, event, cases.been(tx, case))
    if decision.outcome is Outcome.EARLY and _hold_is_over(table, row, now):
        return decision._replace(outcome=Outcome.MOVED)
    return _followed_up(table, case, event, decision)


def _is_stale(tx: Connection, case: Case, event: Event) -> bool:
    """Whether a look-up that disagrees with us may be the older of the two (3.13, step 6).

    It is when the case has heard anything since the look-up was decided, or while a call is under way that the remote may not
    have carried out when it was read. Without this, a slow answer would take a case back to where it was.
    """
    if event.data.get("state") == case.state:
        return False
    return bool(case.pending) or event.data.get("seen") != cases.next_seq(tx, case) - 1


def _hold_is_over(table: Table, row: InboxRow, now: datetime) -> bool:
    return table.machine.hold == 0 or (row.due_at is not None and row.due_at <= now)


def _followed_up(table: Table, case: Case, event: Event, decision: Decision) -> Decision:
    """With a look at the remote where what we were told and what we know part ways."""
    contradicted = decision.outcome is Outcome.CONTRADICTION
    refused = event.name == CALL_REFUSED and event.data.get("trigger") != REMOTE_STATE
    readable = table.machine.read is not None and case.remote_id is not None and REMOTE_STATE not in case.pending
    if not (contradicted or refused) or not readable:
        return decision
    return decision._replace(effects=(*decision.effects, _look(case, table.machine.read or "")))


def _look(case: Case, operation: str) -> Effect:
    return Effect(
        kind=case.kind,
        case_key=case.key,
        remote_id=case.remote_id,
        operation=operation,
        trigger=REMOTE_STATE,
        data=case.facts,
    )


def event_of(row: InboxRow) -> Event:
    """The event that a message carries."""
    return Event(name=row.name, at=row.at, by=Cause(row.by), asked=row.asked, data=row.data, evidence=row.evidence)


def _write(tx: Connection, rules: Rules, row: InboxRow, *, case: Case, decision: Decision, now: datetime) -> None:
    table = rules.tables[case.kind]
    after = replace(case, state=decision.state, facts={**case.facts, **decision.facts})
    first = cases.next_seq(tx, case)
    lines = _lines(row, case, decision)
    seqs = range(first, first + len(lines))
    stamps = {"kind": case.kind, "key": case.key, "recorded_at": now, "inbox_id": row.id}
    tx.execute(insert(JOURNAL), [{**line, **stamps, "seq": seq} for seq, line in zip(seqs, lines, strict=True)])
    cases.save(tx, after, system=table.machine.system, version=seqs[-1], now=now)
    _send(tx, decision.effects, now, seq=seqs[-1])
    set_timers(tx, table, after)
    for seq, travelled in zip(seqs, decision.steps, strict=False):
        _tell_linked(tx, rules, after, travelled=travelled, seq=seq, row=row)


def _lines(row: InboxRow, case: Case, decision: Decision) -> list[dict[str, object]]:
    """Journal lines: one per step, or one for an event that moved nothing."""
    said: dict[str, object] = {
        "at": row.at,
        "name": row.name,
        "outcome": decision.outcome,
        "asked": row.asked,
        "by": row.by,
        "data": row.data,
        "evidence": row.evidence,
        "reason": decision.reason,
    }
    if not decision.steps:
        return [{**said, "row": None, "source": case.state, "target": case.state, "inferred": False}]
    return [
        {**said, "row": step.row, "source": step.source, "target": step.target, "inferred": step.inferred}
        for step in decision.steps
    ]


def _send(tx: Connection, effects: Iterable[Effect], now: datetime, *, seq: int) -> None:
    for number, effect in enumerate(effects):
        # Made of the journal line that decided it, so that deciding again after a crash names it the same.
        name = f"{effect.kind}/{effect.case_key}/{seq}"
        seen: Facts = {"seen": seq} if effect.trigger == REMOTE_STATE else NO_FACTS
        values = {
            "effect_key": name if number == 0 else f"{name}/{number}",
            "kind": effect.kind,
            "key": effect.case_key,
            "remote_id": effect.remote_id,
            "operation": effect.operation,
            "trigger": effect.trigger,
            "data": dict(effect.data),
            "wish": {**effect.wish, **seen},
            "status": OutboxStatus.OPEN,
            "attempts": 0,
            "due_at": now,
            "answer": "",
        }
        tx.execute(insert(OUTBOX).values(values))


def _tell_linked(tx: Connection, rules: Rules, case: Case, *, travelled: Step, seq: int, row: InboxRow) -> None:
    wishes = linked(rules.links, case.kind, case.key, travelled, facts=case.facts, at=row.at)
    for number, wish in enumerate(wishes):
        if wish.kind in rules.tables:
            arrival = Arrival(
                source="link",
                external_id=f"{case.kind}/{case.key}/{seq}/{number}",
                system=rules.tables[wish.kind].machine.system,
                event=wish.event,
                raw=b"",
                kind=wish.kind,
                key=wish.key,
            )
            inbox.put(tx, arrival, row.received_at)
