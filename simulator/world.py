"""The pretend world: the three vendors on one ground, moved on by one clock.

May not know HTTP. Non-obvious choice: time acts in `tick` only, which every request and the worker call; so nothing expires in
the middle of an operation that has already looked.
"""

from threading import RLock

from .blink import Blink
from .bloqit import Bloqit
from .clock import Clock
from .expiry import fire_due, next_due
from .faults import Faults
from .ground import Ground, Settings
from .logistics import Logistics
from .mail import Mail, Sender
from .record import Record
from .words import JsonObject


class World:
    """A pretend world with its default network: see `network` for the ids.

    Thread-safe for HTTP clients: every request holds `lock`. Code that calls a vendor's functions directly while the world is
    served must hold it too.

    Args:
        clock: A running clock if none is given.
        settings: Credentials and policies.
        sender: Delivers webhooks instead of real sockets.
    """

    def __init__(self, *, clock: Clock | None = None, settings: Settings | None = None, sender: Sender | None = None) -> None:
        self.clock = clock or Clock()
        self.settings = settings or Settings()
        self.lock = RLock()
        self.mail = Mail(self.lock, self.clock, sender=sender)
        self.ground = Ground(self.settings, self.clock, self.lock, self.mail)
        self.bloqit = Bloqit.default(self.ground)
        self.blink = Blink(self.ground)
        self.logistics = Logistics(self.ground)
        self.faults = Faults()

    @property
    def record(self) -> Record:
        """Everything that happened."""
        return self.ground.record

    def tick(self) -> None:
        """Let everything happen that is due, and wake the worker: what it waits for may have moved."""
        with self.lock:
            fire_due(self.bloqit)
            self.mail.changed.notify_all()

    def patience(self) -> float | None:
        """Real seconds until something is due by itself; `None` while nothing is, or while the clock stands still."""
        with self.lock:
            first = next_due(self.bloqit) if self.clock.mode == "running" else None
            return None if first is None else max(0.0, (first[0] - self.clock.now()).total_seconds())

    def state(self) -> JsonObject:
        """Everything at a glance, as `GET /sim/state` shows it."""
        with self.lock:
            return {
                "bloqs": [bloq.view() for bloq in self.bloqit.bloqs.values()],
                "rents": [self.bloqit.view(rent) for rent in self.bloqit.rents.values()],
                "orders": [order.view() for order in self.blink.orders.values()],
                "tasks": [task.view() | {"mappingKey": task.key, "state": task.state} for task in self.logistics.tasks.values()],
            }
