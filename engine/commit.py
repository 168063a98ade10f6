"""The commit: messages decided, and everything that follows from them written, in one transaction.

May not call out, and nothing outside this module decides. Non-obvious choice: the transaction holds the whole of a decision
(case, journal, effects, timers, the wishes of linked cases, the message's own end), so a crash leaves either the undecided
message or all of its consequences. A message that cannot be decided, because a guard or a link of ours or of a user's fails on
it, is put aside as dead with the reason, and its batch is decided without it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ..machines import (
    ABSENT,
    CALL_REFUSED,
    NO_FACTS,
    RECONNECTED,
    REMOTE_STATE,
    Arrival,
    Case,
    Decision,
    Effect,
    Event,
    Facts,
    Outcome,
    Step,
    Table,
    Watchdog,
    classify,
    decide,
    linked,
)
from .batch import Batch
from .cases import Followed, absent
from .inbox import Message
from .looks import LOOK
from .poison import isolated
from .rows import Line, effect_key
from .rules import Rules
from .tables import InboxStatus, is_answer
from .telling import dead as dead_of
from .telling import unclaimed
from .tx import Tx
from .wake import earliest

WAITING = (Outcome.WAIT, Outcome.EARLY)
NO_CASE = "concerns no case"
ROUND_AND_ROUND = 100
"""How often a case may enter a state for links to follow from it. A link only asks, and a wish that has come true makes no step,
so links that lead in a circle mostly end by themselves; where each of them undoes what the other did, this ends them."""


@dataclass(frozen=True, slots=True)
class Follows:
    """What follows from messages that were decided.

    Attributes:
        calls: Whether there is something to call.
        wishes: Whether there is something new to decide.
        due: When the first of what was set is due; None where nothing was.
    """

    calls: bool
    wishes: bool
    due: datetime | None


def decide_some(tx: Tx, rules: Rules, messages: Sequence[Message], now: datetime) -> Follows:
    """Decide messages and write what follows. One that cannot be decided is dead, and holds up no other.

    Args:
        tx: A transaction in which nobody else decides.
        rules: Machines and links.
        messages: Oldest first.
        now: When.

    Raises:
        StoreFailedError: Somebody else decided one of the cases; nothing may be kept of it.
    """
    batches = list(isolated(tx, rules, messages, now, step=_step))
    due = earliest(*(batch.due for batch in batches))
    return Follows(any(batch.calls for batch in batches), any(batch.wishes for batch in batches), due)


def _step(batch: Batch, rules: Rules, message: Message, now: datetime) -> None:
    """Decide one message."""
    if (bloq_id := _bloq_that_came_back(message)) is not None:
        batch.came_back(message.system, bloq_id)
    followed = _located(batch, message)
    if followed is None:
        _set_aside(batch, message)
        return
    table = rules.tables.get(followed.case.kind)
    if table is None:
        batch.end(message, InboxStatus.DEAD, f"no machine is called {followed.case.kind!r}")
        batch.aside.append(dead_of(message))
        return
    case = _as_seen(batch, followed, message, table=table)
    dog = rules.dog(table.kind, message.name) if rules.dogs else None
    if dog is None:
        decision = _decide(batch, table, case, message=message, seen=followed.version, now=now)
    else:
        decision = _run_out(table, case, dog, message=message, followed=followed)
    decision = _callable(rules, decision)
    if decision.outcome in WAITING:
        hold = timedelta(seconds=table.machine.hold)
        due = None if decision.outcome is Outcome.WAIT else message.due_at or now + hold
        batch.hold(message, followed, due_at=due, note=decision.reason)
        return
    _write(batch, rules, message, followed=followed, case=case, decision=decision)
    kind, key = followed.name
    batch.end(message._replace(kind=kind, key=key), InboxStatus.DONE, decision.reason)


def _bloq_that_came_back(message: Message) -> str | None:
    bloq_id = message.data.get("bloq_id") if message.name == RECONNECTED else None
    return bloq_id if isinstance(bloq_id, str) else None


def _located(batch: Batch, message: Message) -> Followed | None:
    """The case that a message concerns, absent ones included; None when it names none or an unknown remote id."""
    if message.kind is not None and message.key is not None:
        found = batch.case(message.kind, message.key)
        if found is None and message.remote_id is not None:
            found = batch.of_remote(message.system, message.remote_id)
        return found or batch.follow(absent(message.kind, message.key))
    return None if message.remote_id is None else batch.of_remote(message.system, message.remote_id)


def _set_aside(batch: Batch, message: Message) -> None:
    if message.remote_id is not None:
        batch.park(message, f"no case has the {message.system} id {message.remote_id!r} yet")
    elif _bloq_that_came_back(message) is not None:
        batch.end(message, InboxStatus.DONE, "concerns all cases at its bloq")
    else:
        batch.end(message, InboxStatus.DONE, NO_CASE)
        batch.aside.append(unclaimed(message))


def _as_seen(batch: Batch, followed: Followed, message: Message, *, table: Table) -> Case:
    """The case as a message finds it: begun, with what is under way for it, and with the remote id that the message brings."""
    case = followed.case
    # The answer that the message itself may be is no longer under way.
    own = message.external_id if is_answer(message.source) else None
    pending = frozenset(trigger for effect, trigger in followed.under_way.items() if effect != own)
    state = table.start if case.state == ABSENT else case.state
    remote_id = case.remote_id
    # Where another case carries it already, two cases of one remote thing would both act on its webhooks.
    if remote_id is None and message.remote_id is not None and not batch.of_remote(table.machine.system, message.remote_id):
        remote_id = message.remote_id
    return Case(kind=case.kind, key=case.key, state=state, facts=case.facts, remote_id=remote_id, pending=pending)


def _decide(batch: Batch, table: Table, case: Case, *, message: Message, seen: int, now: datetime) -> Decision:
    event = message.event
    if event.name == LOOK:
        return _looked(table, case)
    decision = decide(table, case, event)
    if decision.outcome is not Outcome.CONTRADICTION:
        return _followed_up(table, case, event, decision)
    if event.name == REMOTE_STATE and _is_stale(case, event, seen):
        again = _look(case, table.machine.read or "")
        return Decision(Outcome.NOTED, case.state, effects=(again,), reason="read before something else was heard; read again")
    decision = classify(table, case, event, batch.been(case))
    if decision.outcome is Outcome.EARLY and _hold_is_over(table, message, now):
        return decision._replace(outcome=Outcome.MOVED)
    return _followed_up(table, case, event, decision)


def _run_out(table: Table, case: Case, dog: Watchdog, *, message: Message, followed: Followed) -> Decision:
    """A watchdog has run out: what it reminds of is asked for, or somebody is told and the remote is read."""
    if case.state not in dog.states:
        return Decision(Outcome.NO_OP, case.state, reason="it has moved on")
    if dog.restarts and followed.told:
        return Decision(Outcome.NO_OP, case.state, reason="it was heard of meanwhile")
    if dog.asks is not None:
        return decide(table, case, replace(message.event, name=dog.asks, asked=True))
    decision = Decision(Outcome.CONTRADICTION, case.state, reason=f"{dog.says}: {dog.after} in {case.state} or the like")
    return _followed_up(table, case, message.event, decision)


def _callable(rules: Rules, decision: Decision) -> Decision:
    """Without calls that nobody could make: a wish for one is refused where it is decided, and a look is left out."""
    unknown = [effect for effect in decision.effects if effect.operation.partition(".")[0] not in rules.systems]
    if not unknown:
        return decision
    if decision.outcome is not Outcome.ASKED:
        return decision._replace(effects=tuple(effect for effect in decision.effects if effect not in unknown))
    callers = ", ".join(sorted(rules.systems)) or "nothing"
    reason = f"no caller knows {unknown[0].operation!r}; there are callers for: {callers}"
    return Decision(Outcome.REFUSED, decision.state, reason=reason)


def _is_stale(case: Case, event: Event, seen: int) -> bool:
    """Whether a look-up that disagrees with us may be the older of the two (3.13, step 6).

    It is when the case has heard anything since the look-up was decided, or while a call is under way that the remote may not
    have carried out when it was read. Without this, a slow answer would take a case back to where it was.
    """
    if event.data.get("state") == case.state:
        return False
    return bool(case.pending) or event.data.get("seen") != seen


def _hold_is_over(table: Table, message: Message, now: datetime) -> bool:
    return table.machine.hold == 0 or (message.due_at is not None and message.due_at <= now)


def _readable(table: Table, case: Case) -> bool:
    return table.machine.read is not None and case.remote_id is not None and REMOTE_STATE not in case.pending


def _looked(table: Table, case: Case) -> Decision:
    """A case that was silent for long: its remote is read, unless a call is under way that will tell anyway."""
    if not _readable(table, case) or case.pending:
        return Decision(Outcome.NO_OP, case.state, reason="it cannot be read now, or what is under way will tell")
    return Decision(Outcome.NOTED, case.state, effects=(_look(case, table.machine.read or ""),), reason="silent for long")


def _followed_up(table: Table, case: Case, event: Event, decision: Decision) -> Decision:
    """With a look at the remote where what we were told and what we know part ways."""
    contradicted = decision.outcome is Outcome.CONTRADICTION
    refused = event.name == CALL_REFUSED and event.data.get("trigger") != REMOTE_STATE
    if not (contradicted or refused) or not _readable(table, case):
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


def _write(batch: Batch, rules: Rules, message: Message, *, followed: Followed, case: Case, decision: Decision) -> None:
    table = rules.tables[case.kind]
    facts = {**case.facts, **decision.facts} if decision.facts else case.facts
    after = Case(kind=case.kind, key=case.key, state=decision.state, facts=facts, remote_id=case.remote_id)
    unbound = followed.case.remote_id is None
    first = batch.write(message, followed, case=after, lines=_lines(case, decision))
    if unbound and after.remote_id is not None:
        batch.bind(followed, table.machine.system, after.remote_id)
    for number, effect in enumerate(decision.effects):
        name = effect_key(effect.kind, effect.case_key, followed.version, number)
        seen: Facts = {"seen": followed.version} if effect.trigger == REMOTE_STATE else NO_FACTS
        batch.send(followed, effect, key=name, wish={**effect.wish, **seen})
    for number, travelled in enumerate(decision.steps):
        wishes = list(_linked(rules, message, case=after, travelled=travelled, seq=first + number))
        if wishes and first + number > ROUND_AND_ROUND and batch.entered(after, travelled.target) > ROUND_AND_ROUND:
            reason = f"{travelled.target} was entered more than {ROUND_AND_ROUND} times; links no longer follow from it"
            line = Line(Outcome.CONTRADICTION, None, after.state, after.state, inferred=False, reason=reason)
            batch.write(message, followed, case=after, lines=[line])
            continue
        for wish in wishes:
            batch.wish(wish)


def _lines(case: Case, decision: Decision) -> list[Line]:
    """Journal lines: one per step, or one for an event that moved nothing."""
    if not decision.steps:
        return [Line(decision.outcome, None, case.state, case.state, inferred=False, reason=decision.reason)]
    return [
        Line(decision.outcome, step.row, step.source, step.target, inferred=step.inferred, reason=decision.reason)
        for step in decision.steps
    ]


def _linked(rules: Rules, message: Message, *, case: Case, travelled: Step, seq: int) -> Iterator[Arrival]:
    """The wishes of other cases that follow from a step."""
    for number, wish in enumerate(linked(rules.links, case.kind, case.key, travelled, facts=case.facts, at=message.at)):
        if wish.kind in rules.tables:
            yield Arrival(
                source="link",
                external_id=f"{case.kind}/{case.key}/{seq}/{number}",
                system=rules.tables[wish.kind].machine.system,
                event=wish.event,
                raw=b"",
                kind=wish.kind,
                key=wish.key,
            )
