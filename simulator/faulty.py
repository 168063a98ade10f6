"""What an armed fault does to one request: before its effect, after it, and to its answer.

May not know how a request is read. Non-obvious choice: a wrong state is told in the words of each vendor, because a client that
is to be misled has to read it where it looks: a rent's `state`, a task's event, an order's status.
"""

from collections.abc import Callable, Mapping

from .blink import STATUS_TEXT
from .logistics import EVENTS
from .words import Json, JsonObject, RefusedError

BLOQIT_STATEFUL = tuple(
    f"bloqit.{part}." for part in ("rents", "rent_sims", "stores", "sends", "deliveries", "returns", "locations")
)
"""Beginnings of Bloq.it's operations that answer a state."""

ORDERS = "blink.orders.sync_status"
TASKS = "logistics.tasks."


def restated(operation: str, body: Json, state: str) -> Json:
    """The body of an answer, with another state: the effect is as it was."""
    restate = next(how for beginning, how in _HOW.items() if operation.startswith(beginning))
    return restate(body, state)


def check_state(operation: str, state: str) -> None:
    """Refuse a wrong state that an operation could never answer.

    Raises:
        RefusedError: 400; the message says what would be right.
    """
    if operation.startswith(TASKS) and _named(EVENTS, state) is None:
        wanted = ", ".join(f"{number} {name}" for number, name in EVENTS.items())
    elif operation == ORDERS and _named(STATUS_TEXT, state) is None:
        wanted = ", ".join(f"{number} {name}" for number, name in STATUS_TEXT.items())
    elif not operation.startswith((*BLOQIT_STATEFUL, TASKS, ORDERS)):
        message = (
            f"wrong_state is for an operation that answers a state, of rents, locations, tasks or {ORDERS}, got {operation!r}"
        )
        raise RefusedError(400, "operationInvalid", message=message, fields=("operation",))
    else:
        return
    raise RefusedError(400, "stateInvalid", message=f"state must be one of {wanted}, got {state!r}", fields=("state",))


def _named(words: Mapping[int, str], state: str) -> int | None:
    """The number of a word; the number itself, written as text, will do."""
    return next((number for number, word in words.items() if state in (str(number), word)), None)


def _rent(body: Json, state: str) -> Json:
    if isinstance(body, dict) and "state" in body:
        return body | {"state": state}
    if isinstance(body, dict) and isinstance(docs := body.get("docs"), list):
        restated: JsonObject = dict(body)
        restated["docs"] = [_rent(one, state) for one in docs]
        return restated
    return body


def _task(body: Json, state: str) -> Json:
    number = _named(EVENTS, state)
    return body | {"eventId": number, "event": EVENTS[number]} if isinstance(body, dict) and number is not None else body


def _order(body: Json, state: str) -> Json:
    # Nothing documents what BL8 answers (K:164): the status goes where the other answers have their data (K:131).
    number = _named(STATUS_TEXT, state)
    if not isinstance(body, dict) or number is None:
        return body
    told: JsonObject = {"status": number, "statusText": STATUS_TEXT[number]}
    data: JsonObject = {"data": told}
    return body | data


_HOW: Mapping[str, Callable[[Json, str], Json]] = {"bloqit.": _rent, TASKS: _task, ORDERS: _order}
