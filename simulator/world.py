"""The pretend world: the three vendors on one ground, moved on by one clock.

May not know HTTP. Non-obvious choice: time acts in `tick` only, which every request and the worker call; so nothing expires in
the middle of an operation that has already looked.
"""

from itertools import chain
from threading import RLock

from .agenda import Due, first_of
from .blink import Blink
from .bloqit import Bloqit
from .clock import Clock
from .expiry import dues
from .faults import Faults
from .ground import Ground
from .logistics import Logistics
from .mail import Asker, Mail, Sender
from .menu import Menu
from .record import Record
from .riders import Riders
from .settings import Settings
from .words import JsonObject


class World:
    """A pretend world with its default network: see `network` for the ids.

    Thread-safe for HTTP clients: every request holds `lock`. Code that calls a vendor's functions directly while the world is
    served must hold it too.

    Args:
        clock: A running clock if none is given.
        settings: Credentials and policies.
        sender: Delivers webhooks instead of real sockets.
        asker: Asks a partner about couriers instead of real sockets.

    Attributes:
        courier_url: Where a partner authenticates couriers (B:3376); empty for nowhere.
    """

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        settings: Settings | None = None,
        sender: Sender | None = None,
        asker: Asker | None = None,
    ) -> None:
        self.clock = clock or Clock()
        self.lock = RLock()
        self.mail = Mail(self.lock, self.clock, sender=sender)
        self.ground = Ground(settings or Settings(), self.clock, self.lock, self.mail)
        self.bloqit = Bloqit.default(self.ground)
        self.blink = Blink(self.ground, Menu(self.ground))
        self.logistics = Logistics(self.ground)
        self.riders = Riders(self.logistics)
        self.faults = Faults()
        self.courier_url = ""
        self.asker = asker

    @property
    def settings(self) -> Settings:
        """Credentials and policies, as they are now."""
        return self.ground.settings

    @property
    def record(self) -> Record:
        """Everything that happened."""
        return self.ground.record

    def tick(self) -> None:
        """Let everything happen that is due, each at its instant, and wake the worker: what it waits for may have moved."""
        with self.lock:
            now = self.clock.now()
            while (first := self._next_due()) is not None and first.at <= now:
                with self.clock.standing(first.at):
                    first.act()
            self.mail.changed.notify_all()

    def patience(self) -> float | None:
        """Real seconds until something is due by itself; `None` while nothing is, or while the clock stands still."""
        with self.lock:
            first = self._next_due() if self.clock.mode == "running" else None
            return None if first is None else max(0.0, (first.at - self.clock.now()).total_seconds())

    def _next_due(self) -> Due | None:
        return first_of(chain(dues(self.bloqit), self.riders.dues(), self.mail.dues()))

    def state(self) -> JsonObject:
        """Everything at a glance, as `GET /sim/state` shows it."""
        with self.lock:
            return {
                "bloqs": [bloq.view() for bloq in self.bloqit.bloqs.values()],
                "locations": [{"_id": location.id} | location.view() for location in self.bloqit.locations.known.values()],
                "customers": [customer.view() for customer in self.bloqit.customers.known.values()],
                "rents": [self.bloqit.view(rent) for rent in self.bloqit.rents.values()],
                "branches": [*self.blink.branches],
                "menu": [*self.blink.menu.products.values()],
                "orders": [order.view() for order in self.blink.orders.values()],
                "tasks": [task.view() | {"mappingKey": task.key, "state": task.state} for task in self.logistics.tasks.values()],
            }
