"""A batch: messages that are decided in one transaction, their cases, and everything that follows, until it is written.

May not decide. Non-obvious choice: everything is read before the first decision and written after the last, each table once,
whatever the number of messages. A hundred events then cost the statements of one, and one transaction's wait for the disk; what
a later message of the same batch must see of an earlier one is here, in memory, and nowhere else.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from heapq import heapify, heappop, heappush

from ..machines import REMOTE_STATE, Arrival, Case, Effect, Outcome
from ..machines import timers as wanted_timers
from . import cases, inbox, reconcile, telling, timers
from .cases import Followed
from .inbox import Message
from .known import Known, Name
from .notices import Notice
from .rows import Line, case_row, columns, ended, is_news, said, sent
from .rules import Rules
from .statements import Values, insertion
from .store import JOURNAL, OUTBOX
from .tables import InboxStatus, is_answer
from .telling import Decided, place_of, tell_decided
from .tx import Tx
from .wake import earliest
from .watch import Ending

WRITE_DOWN = insertion(JOURNAL)
SEND = insertion(OUTBOX)
OVERTAKEN = "a case was decided by another process meanwhile; nothing was written, and it is decided again"


class Batch:
    """Messages on their way to a decision, and what was decided.

    Args:
        tx: The deciding transaction.
        rules: Machines, when silent cases are looked at, and how long what is personal is kept.
        messages: What is to be decided.
        now: When.
        without: Ids of messages that are left alone even where they are released.
    """

    def __init__(
        self, tx: Tx, rules: Rules, messages: Sequence[Message], *, now: datetime, without: Collection[int] = ()
    ) -> None:
        self._tx = tx
        self._rules = rules
        self._tables = rules.tables
        self._now = now
        self._queue = [(message.id, message) for message in messages]
        heapify(self._queue)
        self._seen = {message.id for message in messages} | set(without)
        self._known = Known(tx, rules.tables, self._seen)
        self._changed: dict[Name, Followed] = {}
        self._ends: dict[int, Values] = {}
        self._lines: list[Values] = []
        self._sent: list[Values] = []
        self._over: list[Values] = []
        self._wishes: list[Arrival] = []
        self._back: list[Values] = []
        self._carrying: list[Values] = []
        self._decided: list[Decided] = []
        self._endings: list[Ending] = []
        self._traces = tx.watch if tx.watch.traced else None
        self._trace: str | None = None  # of the decision that effects and wishes follow from
        self.due: datetime | None = None
        """When the first of what was set here is due; known once it is written."""
        self.aside: list[Notice] = []
        """What is to be told of messages that are not decided."""
        self._known.load_for(messages)

    def __iter__(self) -> Iterator[Message]:
        """Each message, oldest first; what a decision released comes in its turn."""
        while self._queue:
            yield heappop(self._queue)[1]

    # --- what is known ------------------------------------------------------------------------------------------------

    def case(self, kind: str, key: str) -> Followed | None:
        """A case that a message of this batch names."""
        return self._known.named.get((kind, key))

    def of_remote(self, system: str, remote_id: str) -> Followed | None:
        """The case that carries a remote id."""
        if (system, remote_id) not in self._known.remote:
            self._known.load((), [(system, remote_id)])
        return self._known.remote[system, remote_id]

    def follow(self, followed: Followed) -> Followed:
        """Have a case, that may not be there yet, be seen by the messages that come after."""
        return self._known.named.setdefault(followed.name, followed)

    def been(self, case: Case) -> Collection[str]:
        """States that a case has been in."""
        here = {line["target"] for line in self._lines if (line["kind"], line["key"]) == (case.kind, case.key)}
        return cases.been(self._tx, case) | here

    def entered(self, case: Case, state: str) -> int:
        """How often a case has entered a state from another."""
        mine = (line for line in self._lines if (line["kind"], line["key"]) == (case.kind, case.key))
        here = sum(line["target"] == state != line["source"] for line in mine)
        return cases.entered(self._tx, case, state) + here

    # --- what was decided ---------------------------------------------------------------------------------------------

    def end(self, message: Message, status: InboxStatus, note: str) -> None:
        """A message that waits for nothing any more. What an answer answers is no longer under way then.

        It still is where the answer cannot be decided, unless it only was a read: the case has not heard of what was done, and
        could do it once more.
        """
        self._ends[message.id] = ended(message, status, note=note)
        if is_answer(message.source) and (status is not InboxStatus.DEAD or message.name == REMOTE_STATE):
            self._over.append({"of": message.external_id})
            followed = self._known.named.get((message.kind or "", message.key or ""))
            if followed is not None:
                followed.under_way.pop(message.external_id, None)

    def bury(self, message: Message, why: str, *, told: bool = True) -> None:
        """A message that cannot be decided. Of an answer the case's journal tells: what it has not heard of has happened."""
        self.end(message, InboxStatus.DEAD, why)
        if told and is_answer(message.source):
            self._known.load([(message.kind or "", message.key or "")])
            followed = self._known.named[message.kind or "", message.key or ""]
            state = followed.case.state
            reason = f"dead letter message/{message.id}: what a call came to cannot be decided: {why}"
            line = Line(Outcome.CONTRADICTION, None, state, state, inferred=False, reason=reason)
            self.write(message, followed, case=followed.case, lines=[line])

    def park(self, message: Message, note: str) -> None:
        """A message that is decided when a case gets the remote id that it names."""
        self._ends[message.id] = ended(message, InboxStatus.PARKED, note=note)
        self._known.parked.setdefault((message.system, message.remote_id or ""), {})[message.id] = message
        self.aside.append(telling.parked(message))

    def hold(self, message: Message, followed: Followed, *, due_at: datetime | None, note: str) -> None:
        """A message that is decided when its case has changed, or at `due_at`."""
        kind, key = followed.name
        kept = message._replace(kind=kind, key=key, due_at=due_at)
        self._ends[message.id] = ended(kept, InboxStatus.HELD, note=note)
        self._known.held.setdefault(followed.name, {})[message.id] = kept
        self.aside.append(telling.held(kept))

    def bind(self, followed: Followed, system: str, remote_id: str) -> None:
        """A case has got its remote id: what was parked for it is decided now."""
        self._known.remote[system, remote_id] = followed
        if followed.stored is not None:
            self._carrying.append({"of_kind": followed.case.kind, "of_key": followed.case.key, "remote_id": remote_id})
        self._known.load_parked(system, remote_id)
        self._release(self._known.parked.pop((system, remote_id), {}))

    def write(self, message: Message, followed: Followed, *, case: Case, lines: Sequence[Line]) -> int:
        """A case and its journal; the number of the first line. What was held for it is decided again."""
        first = followed.version + 1
        if followed.version == 0:
            followed.opened_by = message.id
        stamps = {"kind": case.kind, "key": case.key, "recorded_at": self._now}
        stamps |= {"inbox_id": message.id, "opened_by": followed.opened_by}
        for number, line in enumerate(lines):
            self._lines.append({**said(message), **stamps, **columns(line), "seq": first + number})
        decided = Decided(message, case.kind, case.key, lines, followed.version == 0, self._dwelt(followed, case))
        self._decided.append(decided)
        self._trace = place_of(self._traces, decided, self._endings)
        followed.heard = followed.heard or case.state != followed.case.state or case.remote_id != followed.case.remote_id
        if self._rules.dogs:
            followed.passed.add(followed.case.state)
            followed.told = followed.told or is_news(message)
        followed.case = case
        followed.version = first + len(lines) - 1
        self._changed[followed.name] = followed
        self._known.named[followed.name] = followed
        held = self._known.held.pop(followed.name, {})
        held.pop(message.id, None)
        self._release(held)
        return first

    def send(self, followed: Followed, effect: Effect, *, key: str, wish: Values) -> None:
        """An effect on its way out, under the name that it keeps."""
        followed.under_way[key] = effect.trigger
        self._sent.append(sent(effect, key=key, wish=wish, now=self._now, trace=self._trace))

    def wish(self, arrival: Arrival) -> None:
        """A wish of another case; it is a message like any other, and decided in its turn."""
        self._wishes.append(arrival if self._trace is None else replace(arrival, trace=self._trace))

    def came_back(self, system: str, bloq_id: str) -> None:
        """A bloq that was cut off is heard of again: every unfinished case there is looked at now (3.11)."""
        self._back.append({"system": system, "bloq_id": bloq_id, "now": self._now})

    # --- to and from the database -------------------------------------------------------------------------------------

    def flush(self) -> None:
        """Write everything. What cannot be written down is found before anything is.

        Raises:
            TypeError, ValueError, OverflowError: A value that cannot be kept.
        """
        tx = self._tx
        gone, new = self._timers()
        rows = [case_row(self._rules, followed, self._now) for followed in self._changed.values()]
        known = [row for row in rows if "was" in row]
        self.due = earliest(*(row["due_at"] for row in (*new, *self._ends.values())), *(row["look_at"] for row in rows))
        moved = tx.encoded(cases.CHANGE, known)
        writes = [
            tx.encoded(cases.OPEN, [row for row in rows if "was" not in row]),
            tx.encoded(cases.CARRY, self._carrying),
            tx.encoded(timers.CANCEL, gone),
            tx.encoded(timers.SET, new),
            tx.encoded(WRITE_DOWN, self._lines),
            tx.encoded(SEND, self._sent),
            tx.encoded(cases.OVER, self._over),
            tx.encoded(inbox.FINISH, list(self._ends.values())),
            tx.encoded(inbox.PUT, [inbox.row_of(arrival, self._now) for arrival in self._wishes]),
            tx.encoded(reconcile.OF_BLOQ, self._back),
        ]
        tx.expect(tx.execute(moved), len(known), OVERTAKEN)
        for write in writes:
            tx.execute(write)
        tell_decided(tx, self._decided, self.aside, self._endings)

    @property
    def calls(self) -> bool:
        """Whether anything is to be called."""
        return bool(self._sent)

    @property
    def wishes(self) -> bool:
        """Whether other cases are wished something of."""
        return bool(self._wishes)

    def _timers(self) -> tuple[list[Values], list[Values]]:
        gone: list[Values] = []
        new: list[Values] = []
        for followed in self._changed.values():
            after = wanted_timers(self._tables[followed.case.kind], followed.case.state, followed.case.facts)
            cancelled, started = timers.changes(*followed.name, followed.timers, after)
            gone += cancelled
            new += started
            for dog in self._rules.dogs.get(followed.case.kind, ()):
                cancelled, started = timers.watched(dog, followed, self._now)
                gone += cancelled
                new += started
        return gone, new

    def _dwelt(self, followed: Followed, case: Case) -> float | None:
        """For how many seconds a case was in the state that it leaves here; None where it stays."""
        since, moved = followed.since, case.state != followed.case.state
        if moved or since is None:
            followed.since = self._now
        return (self._now - since).total_seconds() if moved and since is not None else None

    def _release(self, messages: Mapping[int, Message]) -> None:
        for number, message in messages.items():
            self._seen.add(number)
            heappush(self._queue, (number, message))
