"""Wiring: an engine with its adapters and its receiver of webhooks on loopback, from settings.

May not contain a rule of the domain. Non-obvious choice: the receiver listens before the engine starts and is taken down after it
has stopped, so that whatever is answered with 2xx finds an inbox.
"""

import socket
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Mount, Route

from ..adapters.blink.caller import BlinkCaller
from ..adapters.bloqit.caller import BloqitCaller
from ..adapters.bloqit.client import Bloqit
from ..adapters.bloqit.history import BloqitHistory
from ..adapters.doors import BlinkDoor, BloqitDoor, Doors, LogisticsDoor
from ..adapters.logistics.caller import LogisticsCaller
from ..adapters.operation import NO_ROUTES, Routes
from ..adapters.patience import Patience
from ..adapters.receiver import LARGEST_HEAD, receiver
from ..engine import Engine, Ports, RandomIds, SystemClock
from ..machines import BadSettingsError, OursError, StoreFailedError, catalogue
from .habits import habits_of
from .routes import routes_of
from .settings import Settings
from .watching import metrics_page, watched

HOOKS = "/hooks"
ONCE = Patience(attempts=1)
"""What cannot be read is read next time; whoever ends the process does not wait for a remote that is down."""
PATIENCE = 10.0
"""Real seconds for the receiver to come up."""


@dataclass(frozen=True, slots=True)
class Service:
    """A running parcelflow.

    Attributes:
        engine: Its engine.
        clock: Its clock.
        url: Where its receiver is.
        token: The secret in the path of Blink's and Logistics' webhooks.
    """

    engine: Engine
    clock: SystemClock
    url: str
    token: str = field(repr=False)

    @property
    def bloqit_url(self) -> str:
        """Where Bloq.it posts."""
        return f"{self.url}/bloqit"

    @property
    def orders_url(self) -> str:
        """Where Blink posts orders."""
        return f"{self.url}/blink/{self.token}/orders"

    @property
    def statuses_url(self) -> str:
        """Where Blink posts statuses."""
        return f"{self.url}/blink/{self.token}/statuses"

    @property
    def tasks_url(self) -> str:
        """Where Logistics posts task events."""
        return f"{self.url}/logistics/{self.token}"


def clock_of(settings: Settings) -> SystemClock:
    """The clock that the settings ask for."""
    return SystemClock(timedelta(seconds=settings.clock_ahead))


@contextmanager
def idle_engine(folder: Path, settings: Settings, clock: SystemClock) -> Generator[Engine, None, None]:
    """An engine that decides and calls only when told to (`drain`, `start`)."""
    routes = routes_of(folder)
    with ExitStack() as stack:
        key = settings.bloqit_api_key.get_secret_value()
        bloqit = BloqitCaller(settings.bloqit, api_key=key, clock=clock.now, routes=routes)
        stack.callback(bloqit.close)
        credentials = (settings.blink_username, settings.blink_password.get_secret_value())
        blink = BlinkCaller(settings.blink, credentials=credentials, clock=clock.now, routes=routes)
        stack.callback(blink.close)
        token = settings.logistics_token.get_secret_value()
        logistics = LogisticsCaller(settings.logistics, token=token, clock=clock.now, routes=routes)
        stack.callback(logistics.close)
        callers = {"bloqit": bloqit, "blink": blink, "logistics": logistics}
        tables = catalogue(settings.chosen_policies())
        historian = stack.enter_context(Bloqit(key, base_url=settings.bloqit, routes=routes, patience=ONCE))
        habits = watched(habits_of(settings, clock, historians={"bloqit": BloqitHistory(historian)}))
        yield stack.enter_context(Engine(settings.place(folder), tables, callers, ports=Ports(clock=clock), habits=habits))


@contextmanager
def running(folder: Path, settings: Settings) -> Generator[Service, None, None]:
    """A running parcelflow over `folder`.

    Raises:
        BadSettingsError: The settings or the folder cannot be used, or the receiver's port is taken.
        OursError: The receiver does not come up.
    """
    clock = clock_of(settings)
    token = settings.path_token.get_secret_value()
    doors = Doors(
        bloqit=BloqitDoor(secrets=[settings.webhook_secret.get_secret_value()]),
        blink=BlinkDoor(tokens=[token]),
        logistics=LogisticsDoor(tokens=[token]),
    )
    with idle_engine(folder, settings, clock) as engine:
        hooks = receiver(accept=engine.accept_all, clock=clock.now, fresh_id=RandomIds().fresh, doors=doors)
        with _listening(Starlette(routes=[*_pages(engine), Mount(HOOKS, hooks)]), settings.port) as port:
            engine.start()
            yield Service(engine, clock, f"http://127.0.0.1:{port}{HOOKS}", token)


@contextmanager
def working(folder: Path, settings: Settings, port: int) -> Generator[str, None, None]:
    """A parcelflow that decides and calls, and receives nothing; the URL under which it tells of its health.

    Raises:
        BadSettingsError: The settings cannot be used, or nobody could share the work: the database is a file.
    """
    if settings.database is None:
        raise BadSettingsError(
            f"a worker shares a PostgreSQL with others, and {folder} has a SQLite file, which one `parcelflow run` works on; "
            "say which in the settings: database"
        )
    with idle_engine(folder, settings, clock_of(settings)) as engine, _listening(Starlette(routes=_pages(engine)), port) as own:
        engine.start()
        yield f"http://127.0.0.1:{own}/health"


def register_webhooks(service: Service, settings: Settings, events: list[str], *, routes: Routes = NO_ROUTES) -> None:
    """Have Bloq.it send its events to a service. Blink and Logistics take their URLs out of band (K:70, K:260).

    Raises:
        RemotesError: Bloq.it refuses.
        NetworksError: Bloq.it is not reached.
    """
    with Bloqit(settings.bloqit_api_key.get_secret_value(), base_url=settings.bloqit, routes=routes) as client:
        client.webhooks.create(service.bloqit_url, events, secret=settings.webhook_secret)


def _pages(engine: Engine) -> list[BaseRoute]:
    health = [Route(f"/health/{what}", _page(engine, what)) for what in ("live", "ready")]
    return [*health, Route("/metrics", metrics_page(engine))]


def _page(engine: Engine, what: str) -> Callable[[Request], JSONResponse]:
    """A page for whoever watches over the process: 200 while it is so, 503 while it is not or the database fails."""

    def page(_request: Request) -> JSONResponse:
        try:
            health = engine.health()
        except StoreFailedError:
            return JSONResponse({what: False, "troubles": ["the database failed"]}, 503)
        so = {"live": health.live, "ready": health.ready}[what]
        return JSONResponse({what: so, "troubles": list(health.troubles)}, 200 if so else 503)

    return page


class _Server(uvicorn.Server):
    """Says when it is up."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = Event()

    async def main_loop(self) -> None:
        self.up.set()
        await super().main_loop()


@contextmanager
def _listening(app: Starlette, port: int) -> Generator[int, None, None]:
    config = uvicorn.Config(
        app, log_config=None, access_log=False, loop="asyncio", http="h11", ws="none", h11_max_incomplete_event_size=LARGEST_HEAD
    )
    server = _Server(config)
    try:
        listening = socket.create_server(("127.0.0.1", port), backlog=128)
    except OSError as error:
        raise BadSettingsError(f"the receiver cannot listen on port {port}: {error.strerror}") from error
    with listening as listener:
        # asyncio does so itself only for sockets whose protocol is spelled out, which these are not; without it every second
        # small answer waits 40 ms for the acknowledgement of the first (Nagle's algorithm against delayed ones).
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        thread = Thread(target=server.run, kwargs={"sockets": [listener]}, name="parcelflow-receiver")
        thread.start()
        try:
            if not server.up.wait(PATIENCE):
                raise OursError("the receiver of webhooks did not come up")
            yield int(listener.getsockname()[1])
        finally:
            server.should_exit = True
            thread.join()
