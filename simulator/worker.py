"""The one thread that delivers webhooks and lets time act while the simulator is served.

May not hold the lock while it delivers. Non-obvious choice: it waits on the same condition that queueing signals, with the next
expiry as its patience; so it never polls, and a moved clock wakes it like a new delivery does.
"""

from threading import TIMEOUT_MAX, Thread

from .world import World


class Worker:
    """Delivers in the background. Use `start` and `stop` in pairs."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._wanted = True
        self._thread = Thread(target=self._work, name="simulator-webhooks")

    def start(self) -> None:
        """Begin; from now on `Mail.settle` waits instead of delivering by itself."""
        self._world.mail.staff(present=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish the delivery under way, leave the rest, and end."""
        with self._world.mail.changed:
            self._wanted = False
            self._world.mail.changed.notify_all()
        self._thread.join()

    def _work(self) -> None:
        world = self._world
        try:
            with world.mail.connect() as send:
                while self._next():
                    world.mail.deliver(send)
        finally:
            world.mail.staff(present=False)

    def _next(self) -> bool:
        """Wait for a delivery or for the time; whether to go on."""
        world = self._world
        with world.mail.changed:
            if self._wanted and not world.mail.queued:
                patience = world.patience()
                world.mail.changed.wait(None if patience is None else min(patience, TIMEOUT_MAX))
            world.tick()
            return self._wanted
