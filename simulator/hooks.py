"""Bloq.it's webhooks: who listens to what, the event envelope, and the history of events.

May not change a rent or a locker. Non-obvious choice: an event is written into the history whether or not anybody listens
(B:1643 "anything that happens to the rent was registered").
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from .ground import Ground
from .mail import Delivery
from .settings import Settings
from .signing import sign
from .words import Cause, JsonObject, RefusedError, iso

CUT_OFF = 10.0
"""Real seconds that a partner has for its answer; not documented."""

PARTNER = "5d5a6e83d1682b7194fc0001"
"""The `admin` of every event: the pretend partner account."""


@dataclass(slots=True)
class Hook:
    """A registered webhook (B:3536). Without a secret its requests are not signed (B:3515)."""

    id: str
    url: str
    events: list[str]
    description: str
    secret: str
    updated: datetime

    def listens(self, name: str, *, prefixes: bool = True) -> bool:
        """Whether it subscribed to an event: by name, and, with `prefixes`, by one such as `rent.` (B:3441), or by `*`."""
        by_prefix = (wish == "*" or (wish.endswith(".") and name.startswith(wish)) for wish in self.events)
        return name in self.events or (prefixes and any(by_prefix))

    def view(self) -> JsonObject:
        """As the document shows it: never with the secret (B:3572-3579)."""
        return {
            "_id": self.id,
            "description": self.description,
            "url": self.url,
            "updatedAt": iso(self.updated),
            "enabledEvents": list(self.events),
        }


EVENT_FIELDS = ("codeName", "type", "eventType", "event", "title")
"""Fields that could have an event's name; of several the first."""

NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Subject:
    """What an event is about; empty ids are shown as null. `message` (B:3469) and `metadata` (B:3499) are the event's own."""

    rent: str = ""
    bloq: str = ""
    locker: str = ""
    customer: str = ""
    message: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(slots=True)
class Hooks:
    """The registered webhooks and every event there ever was."""

    ground: Ground
    registered: dict[str, Hook] = field(default_factory=dict)
    history: list[tuple[datetime, JsonObject]] = field(default_factory=list)
    of_rent: dict[str, list[JsonObject]] = field(default_factory=dict)

    def tell(self, name: str, subject: Subject, *, cause: Cause, at: datetime) -> None:
        """Write an event and queue it for everybody who listens.

        Args:
            name: Event type, e.g. `rent.started` (B:3444-3485).
            subject: What it is about.
            cause: Becomes `actionInitiatedBy`.
            at: Virtual instant; it is signed as the timestamp.
        """
        settings = self.ground.settings
        event: JsonObject = {
            "_id": self.ground.ids.hex("65f0c0ffee00"),
            "admin": PARTNER,
            "customer": subject.customer or None,
            "rent": subject.rent or None,
            "bloq": subject.bloq or None,
            "locker": subject.locker or None,
            "price": None,
            settings.event_field: name,
            "description": f"Pretend event {name}",
            "message": subject.message,
            "title": name if settings.event_field in ("codeName", "title") else f"Pretend event {name}",
            "metadata": {**subject.metadata},
            "actionInitiatedBy": cause.initiator(),
        }
        self.history.append((at, event))
        self.of_rent.setdefault(str(event["rent"]), []).append(event)
        listening = [hook for hook in self.registered.values() if hook.listens(name, prefixes=settings.event_prefixes)]
        if not listening:
            return
        # JSON.stringify writes no spaces and no escapes above ASCII: a receiver may compare with exactly that (B:3531).
        signed = json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode()
        body = signed if settings.body_style == "compact" else json.dumps(event, ensure_ascii=False).encode()
        for hook in listening:
            headers = _headers(hook, signed, at=at, settings=settings)
            self.ground.mail.post(Delivery(name, hook.url, body, headers, CUT_OFF))

    def tell_bloq(self, name: str, bloq: str, *, cause: Cause, message: str = "", metadata: Mapping[str, str] = NOTHING) -> None:
        """As `tell`, of something that concerns a bloq alone, and happens now."""
        subject = Subject(bloq=bloq, message=message, metadata=metadata)
        self.tell(name, subject, cause=cause, at=self.ground.clock.now())

    def get(self, hook_id: str) -> Hook:
        """A webhook by id.

        Raises:
            RefusedError: 404 when there is none.
        """
        if hook_id not in self.registered:
            raise RefusedError(404, "webhookNotFound")
        return self.registered[hook_id]


def name_of(event: JsonObject) -> str:
    """The name of an event, whichever field it was put into."""
    return str(next(event[field] for field in EVENT_FIELDS if field in event))


def _headers(hook: Hook, body: bytes, *, at: datetime, settings: Settings) -> dict[str, str]:
    headers = {"content-type": "application/json"}
    if hook.secret:
        timestamp = str(round(at.timestamp() * (1000 if settings.timestamp_unit == "ms" else 1)))
        headers[settings.timestamp_header] = timestamp
        headers[settings.signature_header] = sign(body, hook.secret, timestamp=timestamp)
    return headers
