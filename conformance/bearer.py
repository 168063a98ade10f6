"""Drivers for servers that are entered with a bearer token: Blink and Blink Logistics, over HTTP or in this process.

May not know how one logs in. Non-obvious choice: the token can be changed while a driver lives, because Blink's is only known
once the driver has been used to log in, and dies at an age that no document tells (C17).
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from ..adapters.operation import Reply, Request
from ..adapters.sender import Exchange, Sender
from .driver import Application, AsgiDriver, Driver, HttpDriver

UNAUTHORISED = 401


class Bearing(Driver, Protocol):
    """A system under test that is entered with a token."""

    def bear(self, token: str) -> None:
        """Enter with this token from now on."""
        ...

    def with_key(self, key: str, request: Request) -> Exchange:
        """Send a request with another token, or with none."""
        ...


class LoggedIn:
    """A driver that logs in when its token is taken for none (401), and then asks once more: what was not let in was not done.

    Args:
        driver: The server.
        login: Gets a token; empty where there is none to get.
    """

    def __init__(self, driver: Bearing, login: Callable[[Bearing], str]) -> None:
        self._driver, self._login = driver, login
        self.workers, self.reaches_us = driver.workers, getattr(driver, "reaches_us", False)
        self.bear(login(driver))

    def bear(self, token: str) -> None:
        """Enter with this token from now on."""
        self._driver.bear(token)

    def with_key(self, key: str, request: Request) -> Exchange:
        """Send a request with another token, or with none."""
        return self._driver.with_key(key, request)

    def send(self, request: Request) -> Exchange:
        """Send a request."""
        exchange = self._driver.send(request)
        if not isinstance(exchange, Reply) or exchange.status != UNAUTHORISED:
            return exchange
        self.bear(self._login(self._driver))
        return self._driver.send(request)

    def together(self, requests: Sequence[Request]) -> list[Exchange]:
        """Send requests at the same instant."""
        return self._driver.together(requests)

    def wait(self, seconds: float) -> None:
        """Let the system work."""
        self._driver.wait(seconds)


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}


class HttpBearer(HttpDriver):
    """A server at a base URL, entered with a bearer token.

    Args:
        base_url: Up to what the document's paths begin with: `/interface` for Blink, `/api` for Blink Logistics.
        token: The token; empty until somebody has logged in.
        workers: Threads that send at a time.
    """

    def __init__(self, base_url: str, token: str = "", *, workers: int = 4) -> None:
        super().__init__(base_url, "", workers=workers)
        if token:
            self.bear(token)

    def bear(self, token: str) -> None:
        """Enter with this token from now on."""
        self._api.close()
        self._api = Sender(self._base, headers=_bearer(token))

    def with_key(self, key: str, request: Request) -> Exchange:
        """Send a request with another token, or with none."""
        with Sender(self._base, headers=_bearer(key)) as sender:
            return sender.send(request)


class AsgiBearer(AsgiDriver):
    """An ASGI application in this process, entered with a bearer token.

    Args:
        app: The application.
        base_path: Where the API begins in it, as `/logistics`.
        token: The token; empty until somebody has logged in.
        reaches_us: Whether it can post webhooks to this machine's loopback.
    """

    def __init__(self, app: Application, *, base_path: str = "", token: str = "", reaches_us: bool = False) -> None:
        super().__init__(app, base_path=base_path)
        self.reaches_us = reaches_us
        self._plain: list[tuple[bytes, bytes]] = [*self._headers]
        self.bear(token)

    def bear(self, token: str) -> None:
        """Enter with this token from now on."""
        self._headers = self._plain + [(name.lower().encode(), value.encode()) for name, value in _bearer(token).items()]

    def with_key(self, key: str, request: Request) -> Exchange:
        """Call it with another token, or with none."""
        with AsgiBearer(self._app, base_path=self._base, token=key) as other:
            return other.send(request)
