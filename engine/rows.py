"""Rows: how what was decided is written down, column by column.

May not read or write anything. Non-obvious choice: rows are plain mappings and not objects of the tables' classes; making such an
object costs more than deciding what it says.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..machines import REMOTE_STATE, Cause, Effect
from .cases import Followed
from .inbox import Message
from .rules import Rules
from .statements import Values
from .tables import InboxStatus, OutboxStatus


@dataclass(frozen=True, slots=True)
class Line:
    """What a journal line says of its event's effect on the case; the rest is the message's."""

    outcome: str
    row: str | None
    source: str
    target: str
    inferred: bool
    reason: str


def effect_key(kind: str, key: str, line: int, number: int) -> str:
    """The name of an effect for good: of the `number`-th (from 0) that a decision had, whose last journal line has this `seq`.

    Made of the journal, so that deciding again after a crash names it the same.
    """
    name = f"{kind}/{key}/{line}"
    return f"{name}/{number}" if number else name


def sent(effect: Effect, *, key: str, wish: Values, now: datetime, trace: str | None) -> Values:
    """An effect on its way out."""
    return {
        "effect_key": key,
        "kind": effect.kind,
        "key": effect.case_key,
        "remote_id": effect.remote_id,
        "system": effect.operation.partition(".")[0],
        "operation": effect.operation,
        "trigger": effect.trigger,
        "data": dict(effect.data),
        "wish": dict(wish),
        "status": OutboxStatus.OPEN.value,
        "attempts": 0,
        "lives": 0,
        "due_at": now,
        "leased_until": None,
        "over": False,
        "answer": "",
        "trace": trace,
    }


def case_row(rules: Rules, followed: Followed, now: datetime) -> Values:
    """A case that has changed, with when it is looked at and forgotten; without `was` where it is new."""
    case = followed.case
    table = rules.tables[case.kind]
    values: dict[str, Any] = {
        "state": case.state,
        "facts": dict(case.facts),
        "remote_id": case.remote_id,
        "version": followed.version,
        "changed_at": now,
        "look_at": rules.looks.next(table, case, now) if followed.heard else followed.look_at,
        "looks": 0 if followed.heard else followed.looks,
        "forget_at": _forget_at(rules, followed, now),
        "since": followed.since,
    }
    if followed.stored is not None:
        return {**values, "of_kind": case.kind, "of_key": case.key, "was": followed.stored}
    opening = {"opened_at": now, "opened_by": followed.opened_by}
    return {**values, **opening, "kind": case.kind, "key": case.key, "system": table.machine.system}


def _forget_at(rules: Rules, followed: Followed, now: datetime) -> datetime | None:
    ended = followed.case.state in rules.tables[followed.case.kind].finals
    if followed.forget_at is not None or rules.keep is None or not ended:
        return followed.forget_at
    return now + rules.keep


def ended(message: Message, status: InboxStatus, *, note: str) -> Values:
    """A message that has moved on."""
    due_at = message.due_at if status is InboxStatus.HELD else None
    return {"of": message.id, "status": status.value, "kind": message.kind, "key": message.key, "due_at": due_at, "note": note}


def is_news(message: Message) -> bool:
    """Whether a message tells something that somebody did, and not what a clock or a look-up of ours found."""
    return not message.asked and message.by != Cause.TIMER and message.name != REMOTE_STATE


def said(message: Message) -> Values:
    """A journal line's share of its message."""
    return {
        "at": message.at,
        "name": message.name,
        "asked": message.asked,
        "by": message.by,
        "data": message.data,
        "evidence": message.evidence,
    }


def columns(line: Line) -> Values:
    """A journal line's share of what its event did."""
    return {
        "outcome": line.outcome,
        "row": line.row,
        "source": line.source,
        "target": line.target,
        "inferred": line.inferred,
        "reason": line.reason,
    }
