"""Poison: messages that cannot be decided are found among those that can, and put aside as dead.

May not decide; it is given how. Non-obvious choice: a batch in which something fails is halved, and its halves again, until one
message stands alone. Trying all the others without it is as good for one, and for a batch of poison takes its square.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, TypeAlias

from ..machines import StoreFailedError
from .batch import Batch
from .inbox import Message
from .rules import Rules
from .telling import dead as dead_of
from .tx import Tx

Step: TypeAlias = Callable[[Batch, Rules, Message, datetime], None]
"""Decides one message of a batch."""


class Poison(NamedTuple):
    """A message that cannot be decided, why, and whether its case is to be told: not where even that cannot be written."""

    message: Message
    error: Exception
    told: bool = True


def isolated(tx: Tx, rules: Rules, messages: Sequence[Message], now: datetime, *, step: Step) -> Iterator[Batch]:
    """Decide messages and write what follows; the batches that they were decided in, one where none is poison.

    Args:
        tx: A transaction in which nobody else decides.
        rules: Machines and links.
        messages: Oldest first.
        now: When.
        step: Decides one.

    Raises:
        StoreFailedError: Somebody else decided one of the cases; nothing may be kept of it.
    """
    parts = [messages]
    while parts:
        part = parts.pop()
        batch = _decided(tx, rules, part, now, step=step)
        if batch is not None:
            yield batch
            continue
        half = len(part) // 2
        parts += [part[half:], part[:half]]


def _decided(tx: Tx, rules: Rules, part: Sequence[Message], now: datetime, *, step: Step) -> Batch | None:
    """Messages decided and written. None where one of several cannot be; nothing was written then, and the batch is dropped."""
    dead: dict[int, Poison] = {}  # one, or what it released as well
    while True:
        found = _tried(tx, rules, part, now, step=step, dead=dead)
        if isinstance(found, Batch):
            return found
        if len(part) > 1:
            return None
        before = dead.get(found.message.id)
        if before is None:
            dead[found.message.id] = found
        elif before.told:
            dead[found.message.id] = before._replace(told=False)
        else:
            raise found.error


def _tried(
    tx: Tx, rules: Rules, part: Sequence[Message], now: datetime, *, step: Step, dead: Mapping[int, Poison]
) -> Batch | Poison:
    """Decide messages and write what follows; or the one that cannot be, and why."""
    message = part[0]  # what can be neither read nor written is only known to be its fault if it is alone
    try:
        batch = Batch(tx, rules, [each for each in part if each.id not in dead], now=now, without=dead)
        for poison in dead.values():
            why = _printable(f"{type(poison.error).__name__}: {poison.error}")
            batch.bury(poison.message, why, told=poison.told)
            batch.aside.append(dead_of(poison.message, poison.error))
        for message in batch:
            step(batch, rules, message, now)
        message = part[0]
        batch.flush()
    except Exception as error:
        # Guards, deadlines and links are a user's code too, and may raise anything. Let out, it would stop every other case
        # with this one, at every start again.
        if isinstance(error, StoreFailedError) or tx.failed(error):
            raise
        return Poison(message, error)
    return batch


def _printable(words: str) -> str:
    """A reason as every database keeps it: an exception may quote anything."""
    return words.encode(errors="backslashreplace").decode().replace("\x00", "\\x00")
