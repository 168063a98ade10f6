"""What is known of the cases of a batch: found by both their names, with what is under way, held and parked for them.

May not decide, nor write. Non-obvious choice: everything that belongs to names is asked for at once, before it is known
which of them are cases. For a wish of a new one that is two questions in vain; otherwise each would wait for the one before, and
on PostgreSQL the way there and back costs more than the answer.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TypeAlias

from ..machines import Table
from ..machines import timers as wanted_timers
from . import cases, inbox
from .cases import Followed
from .inbox import Message
from .tables import is_answer
from .tx import Later, Tx

Name: TypeAlias = tuple[str, str]
"""Kind and key of a case, or system and remote id."""


class Known:
    """What is known.

    Args:
        tx: The deciding transaction.
        tables: Machines.
        seen: Ids of messages that are decided already or left alone: they are not found again.
    """

    def __init__(self, tx: Tx, tables: Mapping[str, Table], seen: Collection[int]) -> None:
        self._tx = tx
        self._tables = tables
        self._seen = seen
        self._asked: set[Name] = set()
        self.named: dict[Name, Followed] = {}
        """Cases by kind and key."""
        self.remote: dict[Name, Followed | None] = {}
        """Cases by system and remote id; None where none carries it."""
        self.held: dict[Name, dict[int, Message]] = {}
        """What is held, by the case."""
        self.parked: dict[Name, dict[int, Message]] = {}
        """What is parked, by system and remote id."""

    def load_for(self, messages: Sequence[Message]) -> None:
        """What messages name."""
        names = {(message.kind, message.key) for message in messages if message.kind is not None and message.key is not None}
        carrying = [message for message in messages if message.remote_id is not None]
        remotes = {(message.system, message.remote_id or "") for message in carrying}
        # The answer that brings a remote id mostly brings it first: no case that is found by its name has it already.
        brought = {(message.system, message.remote_id or "") for message in carrying if is_answer(message.source)}
        self.load(names, remotes, brought)

    def load(self, names: Collection[Name], remotes: Collection[Name] = (), brought: Collection[Name] = ()) -> None:
        """What names lead to.

        Args:
            names: Kinds and keys.
            remotes: Systems and remote ids.
            brought: Those of them to which no kind and key is known to lead.
        """
        self.remote |= dict.fromkeys(remotes)
        sought = [self._sought(brought)] if brought else []
        if names:
            self._join(names, cases.named(self._tx, cases.keys_of(names)))
        # Most messages name a case both ways, and it need not be looked for twice.
        unknown = [remote for remote in remotes if self.remote[remote] is None and remote not in brought]
        sought += [self._sought(unknown)] if unknown else []
        for found, parked in sought:
            self._bear(found())
            self._park(parked())

    def load_parked(self, system: str, remote_id: str) -> None:
        """What is parked for a remote id, unless that was asked before."""
        if (system, remote_id) not in self._asked:
            self._asked.add((system, remote_id))
            self._park(inbox.parked(self._tx, cases.keys_of([(system, remote_id)]))())

    def _sought(self, remotes: Collection[Name]) -> tuple[Later[list[tuple[str, Followed]]], Later[list[Message]]]:
        """The cases that carry remote ids, and what is parked for those that none may carry: whoever is bound to one is told."""
        self._asked |= set(remotes)
        keys = cases.keys_of(remotes)
        return cases.of_remote(self._tx, keys), inbox.parked(self._tx, keys)

    def _bear(self, carrying: Iterable[tuple[str, Followed]]) -> None:
        fresh: dict[Name, Followed] = {}
        for system, followed in carrying:
            known = self.named.get(followed.name) or fresh.setdefault(followed.name, followed)
            self.remote[system, known.case.remote_id or ""] = known
        if fresh:
            self._join(fresh, lambda: list(fresh.values()))

    def _join(self, names: Iterable[Name], cases_of: Later[list[Followed]]) -> None:
        """Cases that are found under names, with what is under way and held for them."""
        keys = cases.keys_of(names)
        under_way, held = cases.under_way(self._tx, keys), inbox.held(self._tx, keys)
        found = cases_of()
        fresh = {followed.name: followed for followed in found if followed.name not in self.named}
        self.named |= fresh
        for followed in found:
            table = self._tables.get(followed.case.kind)
            self.remote["" if table is None else table.machine.system, followed.case.remote_id or ""] = self.named[followed.name]
        for followed in fresh.values():
            if (table := self._tables.get(followed.case.kind)) is not None:
                followed.timers = wanted_timers(table, followed.case.state, followed.case.facts)
        for kind, key, effect, trigger in under_way():
            if (kind, key) in fresh:
                fresh[kind, key].under_way[effect] = trigger
        for message in held():
            if message.id not in self._seen:
                self.held.setdefault((message.kind or "", message.key or ""), {})[message.id] = message

    def _park(self, parked: Iterable[Message]) -> None:
        for message in parked:
            if message.id not in self._seen:
                self.parked.setdefault((message.system, message.remote_id or ""), {})[message.id] = message
