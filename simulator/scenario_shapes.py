"""What a scenario's parts look like, and what is said of one that looks otherwise.

May not know what a name means: only shapes are judged here. Non-obvious choice: an empty expectation is refused, because it holds
in every world and proves nothing.
"""

from collections.abc import Callable, Mapping
from typing import Any, NoReturn, cast

from .scenario_lines import Lined, UnusableError

SEEN = ("open", "active", "rent")
"""What can be seen of a locker."""

SUBJECTS = ("locker.", "rent.", "bloq.", "customer.")
"""Beginnings of the names of all events (B:3444-3485)."""

FIRST_REFUSAL, LAST_REFUSAL = 400, 599


def check_besides(step: Lined) -> None:
    """What a step says besides its word.

    Raises:
        UnusableError: It says it wrongly.
    """
    name: Any = step.get("as")
    refused: Any = step.get("refused")
    lost: Any = step.get("lost", True)
    if "as" in step and not (isinstance(name, str) and name):
        _refuse(step, "`as` is a name, as in `as: parcel`", name)
    if "refused" in step and not (_whole(refused) and FIRST_REFUSAL <= refused <= LAST_REFUSAL):
        _refuse(step, f"`refused` is a status from {FIRST_REFUSAL} to {LAST_REFUSAL}, as in `refused: 409`", refused)
    if lost is not True:
        _refuse(step, "`lost` is `true`, or absent", lost)
    if len(said := [word for word in ("as", "refused", "lost") if word in step]) > 1:
        _refuse(step, "a step makes something with a name, is refused, or is lost", " and ".join(said))


def check_given(given: Lined) -> None:
    """What a world is like in the beginning.

    Raises:
        UnusableError: It is told wrongly.
    """
    for name in ("settings", "world"):
        if name in given and not isinstance(given[name], dict):
            _refuse(given, f"`{name}` is a mapping", given[name])
    for name in ("orders", "tasks"):
        if name in given and not isinstance(given[name], bool):
            _refuse(given, f"`{name}` is true or false", given[name])
    events: Any = given.get("webhooks", [])
    if not _texts(events):
        _refuse(given, "`webhooks` is a list of names of events or their beginnings, as in `[rent., locker.created]`", events)
    for event in cast("list[str]", events):
        if event != "*" and not event.startswith(SUBJECTS):
            _refuse(given, f"a webhook is `*`, or begins with one of {', '.join(SUBJECTS)}", event)


def check_expectation(expected: Lined, word: str) -> None:
    """What an expectation expects.

    Raises:
        UnusableError: It cannot be what it is about.
    """
    wanted: Any = expected[word]
    what, right = SHAPES[word]
    if word == "sent":
        if not _texts(wanted):
            _refuse(expected, f"`{word}` is {what}", wanted)
        return
    if not isinstance(wanted, dict) or not wanted:
        _refuse(expected, f"`{word}` is {what}", cast("object", wanted))
    for name, value in cast("dict[str, Any]", wanted).items():
        if not right(name, value):
            _refuse(expected, f"`{word}` is {what}", {name: value})


def _whole(value: Any) -> bool:  # noqa: ANN401 - YAML, here and below
    return isinstance(value, int) and not isinstance(value, bool)


def _texts(value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, list) and all(isinstance(one, str) for one in cast("list[Any]", value))


def _locker(_name: str, value: Any) -> bool:  # noqa: ANN401
    if not isinstance(value, dict) or not value:
        return False
    seen = cast("dict[str, Any]", value)
    return all(name in SEEN and isinstance(one, str if name == "rent" else bool) for name, one in seen.items())


def _refuse(at: Lined, what: str, found: object) -> NoReturn:
    raise UnusableError(at.line, f"{what}; got {found!r}")


SHAPES: Mapping[str, tuple[str, Callable[[str, Any], bool]]] = {
    "state": (
        "a mapping of names and states, as in `{parcel: finished}`",
        lambda _, value: isinstance(value, str) or _whole(value),
    ),
    "locker": ("a mapping of titles and what is seen there, as in `{A1: {open: true, active: true, rent: parcel}}`", _locker),
    "events": ("a mapping of names and lists of events, as in `{parcel: [rent.created]}`", lambda _, value: _texts(value)),
    "sent": ("a list of events, as in `[rent.created]`", lambda _, value: _texts(value)),
    "count": ("a mapping of operations and numbers, as in `{bloqit.deliveries.make: 1}`", lambda _, value: _whole(value)),
    "answer": (
        "a mapping of `status`, a number, and fields of the answer, as in `{status: 409, code: stateInvalid}`",
        lambda name, value: name != "status" or _whole(value),
    ),
}
"""Word -> what it is, and whether one entry of it is right."""
