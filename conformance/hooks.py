"""A server's own test hooks: how time is advanced there, and how a courier or a wrong code is pretended.

May not send anything. Non-obvious choice: a hook is one request or a list of them, each a template; a server that needs three
requests for what another does in one (lose the line, drop off, find the line again) is described and not programmed.
"""

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast
from urllib.parse import quote

from ..adapters.operation import Request
from ..adapters.tolerant import object_of
from ..machines import BadSettingsError

HOOKS: Mapping[str, str] = MappingProxyType(
    {
        "advance_clock": "let {seconds} pass",
        "dropoff": "type the drop-off {code} of {rent} at {locker} of {bloq}",
        "dropoff_offline": "the same while the bloq has no line, and then find the line again",
        "wrong_pin": "type a wrong pick-up {code} for {rent}",
        "spontaneous_open": "let the door of {locker} open by itself",
        "settle": "let every webhook leave that waits",
        "task_event": "let a rider or a dispatcher do {event}, a number from 22 to 29, with the {task} of Blink Logistics",
        "task_webhook": "tell Blink Logistics that webhooks go to {url}",
        "place_order": "let a customer place the {order} of a {type} (DELIVERY or PICK-UP) with Blink",
        "order_status": "move the {order} to {status} in Blink's application, with a {comment}",
        "order_webhooks": "tell Blink that orders go to {order_url} and statuses to {url}",
    }
)
"""Name -> what it does, with the names that its templates may use."""

FILLED = (
    "seconds", "code", "rent", "locker", "bloq", "offline",
    "task", "event", "order", "type", "status", "comment", "url", "order_url",
)  # fmt: skip
EXAMPLE = '{method = "POST", path = "/clock", body = {seconds = "{seconds}"}}'
METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH")


@dataclass(frozen=True, slots=True)
class Call:
    """One request of a hook.

    Attributes:
        method: HTTP method.
        path: Template; from the server's root.
        body: Template of a JSON value, None for none.
    """

    method: str
    path: str
    body: Any = None

    def request(self, values: Mapping[str, object]) -> Request:
        """The request with its values."""
        path = self.path.format_map({name: quote(str(value), safe="") for name, value in values.items()})
        body = None if self.body is None else json.dumps(_filled(self.body, values)).encode()
        return Request(method=self.method, path=f"/{path}", body=body)


def _filled(template: object, values: Mapping[str, object]) -> object:
    """A template with its values; one that is a name alone keeps its value's type, so that seconds are a number."""
    if isinstance(template, str):
        if template.startswith("{") and template.endswith("}") and template[1:-1] in values:
            return values[template[1:-1]]
        return template.format_map(dict(values))
    if isinstance(template, list):
        return [_filled(item, values) for item in cast("list[object]", template)]
    if isinstance(template, dict):
        return {name: _filled(item, values) for name, item in cast("dict[str, object]", template).items()}
    return template


@dataclass(frozen=True, slots=True)
class Hooks:
    """The hooks that a server has.

    Attributes:
        calls: The requests of each, by name.
    """

    calls: Mapping[str, tuple[Call, ...]] = field(default_factory=dict[str, tuple[Call, ...]])

    def has(self, name: str) -> bool:
        """Whether there is such a hook."""
        return name in self.calls

    def requests(self, name: str, **values: object) -> list[Request]:
        """The requests of a hook."""
        return [call.request({**dict.fromkeys(FILLED, ""), **values}) for call in self.calls[name]]


def read(file: Path) -> Hooks:
    """The hooks in a TOML file.

    Raises:
        BadSettingsError: It cannot be read, or says something that is no hook.
    """
    try:
        told = tomllib.loads(file.read_text())
    except OSError as error:
        raise BadSettingsError(f"{file} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSettingsError(f"{file} is not TOML: {error}") from error
    return hooks_of(told, str(file))


def hooks_of(told: Mapping[str, object], origin: str = "hooks") -> Hooks:
    """The hooks that a mapping describes.

    Raises:
        BadSettingsError: Something in it is no hook; the message names it and says what would be right.
    """
    return Hooks({name: _calls(name, value, origin) for name, value in told.items()})


def _calls(name: str, value: object, origin: str) -> tuple[Call, ...]:
    if name not in HOOKS:
        raise BadSettingsError(f"{origin}: no hook is called {name!r}; there are: {', '.join(HOOKS)}")
    steps = cast("Sequence[object]", value) if isinstance(value, list) else [value]
    return tuple(_call(name, step, origin) for step in steps)


def _call(name: str, value: object, origin: str) -> Call:
    step: Mapping[str, Any] = object_of(value)
    method, path = step.get("method", "POST"), step.get("path")
    if method not in METHODS or not isinstance(path, str) or not path.startswith("/") or set(step) - {"method", "path", "body"}:
        raise BadSettingsError(f"{origin}: {name} needs a method and a path, as in {EXAMPLE}, got {value!r}")
    call = Call(str(method), path, step.get("body"))
    try:
        call.request(dict.fromkeys(FILLED, 0))
    except (KeyError, ValueError, IndexError) as error:
        known = ", ".join(f"{{{filled}}}" for filled in FILLED)
        raise BadSettingsError(
            f"{origin}: {name} has a template that cannot be filled in ({error}); there are: {known}"
        ) from error
    return call
