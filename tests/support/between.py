"""An engine between the simulator and the receiver, all in this process, moved by hand: what a running parcelflow is made of.

May not reach inside any of them. Non-obvious choice: one clock moves the world and the engine together, and webhooks go through
the receiver's own application, so that whatever is told on the way is told here too.
"""

import json
from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import anyio
import httpx
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.types import Message

from parcelflow.adapters.blink.caller import BlinkCaller
from parcelflow.adapters.bloqit.caller import BloqitCaller
from parcelflow.adapters.bloqit.client import Bloqit
from parcelflow.adapters.doors import BlinkDoor, BloqitDoor, Doors, LogisticsDoor
from parcelflow.adapters.intake import Accept
from parcelflow.adapters.logistics.caller import LogisticsCaller
from parcelflow.adapters.receiver import receiver
from parcelflow.engine import CountedIds, Engine, Habits, ManualClock, Ports, unmarked
from parcelflow.engine.points import Reach
from parcelflow.machines import DEFAULT_LINKS, Caller, Facts, Link, catalogue
from parcelflow.simulator.handle import Handle
from parcelflow.simulator.settings import Settings

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
HERE = "https://parcelflow.example"
BLOQ, LOCKER = "5d5a6e83d1682b7194fc5f91", "5d5a6e83d1682b7194fc5f9c"

NAME, PHONE, EMAIL, STREET = "Zebedee Quillfeather", "+351912345678", "zebedee@quill.example", "Rua dos Xilofones 77"
DROP_OFF, PICK_UP, NOTES = "66204711", "77310815", "ring at the green door, ask for Zebedee"
SECRETS: Mapping[str, str] = {
    "bloqit_api_key": "key-of-bloqit-4482",
    "blink_password": "password-of-blink-9153",
    "logistics_token": "token-of-logistics-2207",
    "webhook_secret": "secret-of-webhooks-that-is-long-enough-7741",
    "path_token": "token-in-the-path-6630",
}
PERSONAL: Mapping[str, str] = {
    "name": NAME,
    "phone": PHONE,
    "digits": PHONE[1:],
    "email": EMAIL,
    "street": STREET,
    "drop-off code": DROP_OFF,
    "pick-up code": PICK_UP,
    "notes": NOTES,
    "order's raw body": '"customer_phone"',
    "event's raw body": '"actionInitiatedBy"',
    **SECRETS,
}
"""What no log may show."""


@dataclass
class Between:
    """Everything there is.

    Attributes:
        world: The pretend remotes.
        folder: Where the database is.
        clock: The engine's; `advance` moves it and the world's.
        callers: The adapters, by system; a test may put something in between.
        links: Rules between cases.
        habits: Of the engine.
        reach: Crash points.
    """

    world: Handle
    folder: Path
    callers: dict[str, Caller]
    habits: Habits
    clock: ManualClock = field(default_factory=lambda: ManualClock(START))
    links: tuple[Link, ...] = DEFAULT_LINKS
    reach: Reach = unmarked
    posted: int = 0
    ids: CountedIds = field(default_factory=CountedIds)

    def __post_init__(self) -> None:
        self.engine = self.born()

    def born(self) -> Engine:
        """A new engine, as after a restart."""
        ports = Ports(clock=self.clock, ids=self.ids, reach=self._reach)
        self.engine = Engine(
            self.folder / "between.db", catalogue(), self.callers, links=self.links, ports=ports, habits=self.habits
        )
        return self.engine

    def _reach(self, point: str) -> None:
        self.reach(point)

    def end(self) -> None:
        """Stop whichever engine it is now."""
        self.engine.stop()

    def act(self, path: str, body: object = None) -> Any:
        """Do something in the world: `POST /sim/...`."""
        with httpx.Client(transport=self.world.transport, base_url=self.world.urls["sim"]) as client:
            answer = client.post(path, json={} if body is None else body)
        assert answer.is_success, answer.text
        return answer.json()

    def post(self, path: str, content: bytes, headers: Mapping[str, str] | None = None, *, accept: Accept | None = None) -> int:
        """Knock at one of our doors; the status of the answer. Behind them is the engine, or whatever `accept` is."""
        doors = Doors(
            # Days pass in one step here, and what was signed meanwhile is delivered after it.
            bloqit=BloqitDoor(secrets=[SECRETS["webhook_secret"]], tolerance=timedelta(days=30)),
            blink=BlinkDoor(tokens=[SECRETS["path_token"]]),
            logistics=LogisticsDoor(tokens=[SECRETS["path_token"]]),
        )
        app = receiver(accept=accept or self.engine.accept_all, clock=self.clock.now, fresh_id=self.ids.fresh, doors=doors)
        return anyio.run(_knock, app, path, content, headers or {})

    def shut_door(self, rent: str) -> None:
        """Close the door of a rent's locker."""
        with Bloqit(SECRETS["bloqit_api_key"], base_url=self.world.urls["bloqit"], transport=self.world.transport) as client:
            client.rent_sims.close(rent)
        self.deliver()

    def deliver(self, *, twice: bool = False) -> None:
        """Bring what the world has sent since to our doors, and do what follows, until nothing comes any more."""
        while True:
            self.engine.drain()
            self.world.settle()
            new, self.posted = self.world.sent[self.posted :], len(self.world.sent)
            if not new:
                return
            for sent in new:
                for _ in range(2 if twice else 1):
                    assert self.post(urlsplit(sent.url).path, sent.body, sent.headers) == 200

    def ask(self, kind: str, key: str, trigger: str, **data: Any) -> None:
        """Want something, and let everything happen that follows."""
        self.engine.ask(kind, key, trigger, data=data)
        self.deliver()

    def advance(self, **by: float) -> None:
        """Time passes, here and in the world."""
        later = timedelta(**by)
        self.clock.advance(later)
        self.world.advance(later.total_seconds())
        self.deliver()

    def order(self, key: str) -> None:
        """Somebody orders."""
        payload = json.loads(files("parcelflow.console.data").joinpath("order.json").read_text())
        person = {"customer_name": NAME, "customer_phone": PHONE, "customer_address_description": STREET, "kitchen_notes": NOTES}
        self.act("/blink/orders", {**payload, **person, "type": "DELIVERY", "blink_order_id": key, "order_key": f"ABND-{key}"})
        self.deliver()

    def into_locker(self, **more: Any) -> Facts:
        """What is said when something is to go into a locker."""
        return {
            "bloq_id": BLOQ,
            "locker_id": LOCKER,
            "customer_address": STREET,
            "lat": "27.4654584",
            "lng": "64.846548",
            "dropoff_code": DROP_OFF,
            "pickup_code": PICK_UP,
            "customer": {"name": NAME, "email": EMAIL, "phone": PHONE},
            "expiry_at": (self.clock.now() + timedelta(hours=48)).isoformat(),
            **more,
        }


async def _knock(app: Starlette, path: str, content: bytes, headers: Mapping[str, str]) -> int:
    """Bare ASGI, because a client would tell in its log where it knocks, and in the path is a secret."""
    statuses: list[int] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": content, "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": "POST", "path": path, "root_path": "", "query_string": b"", "headers": raw}
    with suppress(ZeroDivisionError):  # a server would log it and go on
        await app(scope, receive, send)
    return statuses[0]


@contextmanager
def between(
    folder: Path,
    habits: Habits,
    *,
    links: tuple[Link, ...] = DEFAULT_LINKS,
    through: Callable[[Caller], Caller] = lambda caller: caller,
) -> Generator[Between]:
    """Everything there is, with webhooks that reach it.

    Args:
        folder: Where the database is.
        habits: Of the engine.
        links: Rules between cases.
        through: What stands between the engine and each caller.
    """
    settings = Settings(
        bloqit_api_key=SECRETS["bloqit_api_key"],
        blink_password=SECRETS["blink_password"],
        logistics_token=SECRETS["logistics_token"],
    )
    with ExitStack() as stack:
        world = stack.enter_context(Handle.fresh(settings, at=START))
        clock, urls, transport = ManualClock(START), world.urls, world.transport
        bloqit = BloqitCaller(urls["bloqit"], api_key=settings.bloqit_api_key, clock=clock.now, transport=transport)
        blink = BlinkCaller(
            urls["blink"],
            credentials=(settings.blink_username, settings.blink_password),
            clock=clock.now,
            transport=transport,
        )
        logistics = LogisticsCaller(urls["logistics"], token=settings.logistics_token, clock=clock.now, transport=transport)
        for caller in (bloqit, blink, logistics):
            stack.callback(caller.close)
        callers: dict[str, Caller] = {"bloqit": through(bloqit), "blink": through(blink), "logistics": through(logistics)}
        stands = Between(world, folder, callers, habits, clock, links)
        stack.callback(stands.end)
        with Bloqit(settings.bloqit_api_key, base_url=urls["bloqit"], transport=transport) as client:
            client.webhooks.create(f"{HERE}/bloqit", ["*"], secret=SecretStr(SECRETS["webhook_secret"]))
        token = SECRETS["path_token"]
        stands.act(
            "/blink/webhooks", {"order_url": f"{HERE}/blink/{token}/orders", "status_url": f"{HERE}/blink/{token}/statuses"}
        )
        stands.act("/logistics/webhook", {"url": f"{HERE}/logistics/{token}"})
        yield stands
