"""How the pretend Bloq.it writes what it answers, where its document has two ways to write it.

May not know what an answer means: the world is as it is, and only its words differ. Non-obvious choice: this happens to the
finished answer, so that no rule can depend on a spelling; only pages and the expansion of rents are made so from the beginning.
"""

import re
from collections.abc import Mapping

from .settings import Settings
from .web import Answer, Call
from .words import Json, JsonObject

PROSE = {
    "created": "CREATED",
    "reserved": "Reserved",
    "in_progress": "InProgress",
    "locker_opened": "OPEN",
    "expired": "Expired",
    "cancelled": "CANCELED",
}
"""States as sentences write them (B:1745, 1907, 1958, 2834, 2609); the others occur in samples alone."""

ECHOES: Mapping[str, JsonObject] = {
    "bloqit.returns.finish": {"state": "reserved"},  # B:3106
    "bloqit.deliveries.select_locker": {"state": "in_transit"},  # B:2819
    "bloqit.deliveries.return_": {"state": "finished", "type": "delivery"},  # B:2867-2868
    "bloqit.rents.extend": {"state": "finished"},  # B:1890
}
"""Samples that contradict the text above them."""

HARDWARE = frozenset(
    f"bloqit.{name}"
    for name in ("lockers.open", "lockers.open_or_collect", "rents.open_locker", "rents.collect", "deliveries.make")
)
"""What has to wait for a door."""

_ZULU = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3})Z")


def style(settings: Settings, call: Call, answer: Answer) -> Answer:
    """The answer, as the settings want it written."""
    body = answer.body
    if settings.state_echo == "samples" and isinstance(body, dict):
        body = body | ECHOES.get(call.operation, {})
    if settings.send_type == "store" and call.operation == "bloqit.sends.start" and isinstance(body, dict):
        body = body | {"type": "store"}
    if settings.empty_page != "list" and isinstance(body, dict) and body.get("docs") == []:
        body = {**body, "docs": None} if settings.empty_page == "null" else {name: body[name] for name in body if name != "docs"}
    if settings.state_words == "prose" or settings.date_style == "offset" or settings.text_style == "typed":
        body = _rewritten(settings, body)
    waits = call.operation in HARDWARE and settings.hardware_status != answer.status
    return Answer(body, settings.hardware_status if waits else answer.status, answer.media)


def _rewritten(settings: Settings, value: Json, *, name: str = "") -> Json:
    match value:
        case dict():
            return {key: _rewritten(settings, one, name=_role(value, key)) for key, one in value.items()}
        case list():
            return [_rewritten(settings, one, name=name) for one in value]
        case str():
            return _reworded(settings, value, name=name)
        case _:
            return value


def _role(parent: JsonObject, key: str) -> str:
    """A location has a state, too, but only a rent has states, each with its date."""
    return "rent state" if key == "state" and ("states" in parent or "date" in parent) else key


def _reworded(settings: Settings, text: str, *, name: str) -> Json:
    if name == "rent state" and settings.state_words == "prose":
        return PROSE.get(text, text)
    if settings.text_style == "typed" and name == "lastDoorOpeningTimestamp" and text == "null":
        return None
    if settings.text_style == "typed" and name == "remainingLabels":
        return int(text)
    found = _ZULU.fullmatch(text) if settings.date_style == "offset" else None
    return f"{found[1]}+00:00" if found else text
