"""Blink's bearer token: fetched when it is first needed, renewed once when a request hears 401.

May not send anything: it is a plan. Non-obvious choice: nothing says how long a token lives (C17), so a 401 means "fetch a new
one and try once more". Whoever hears of a stale token first fetches the next; threads that hear of it meanwhile wait at the lock
and use what it got.
"""

from contextlib import AbstractContextManager

from ..operation import Operation, Reply, build
from ..plan import Ask, Judged, Plan, plainly
from ..reading import read
from ..sender import Exchange
from .wire import Token

UNAUTHORISED = 401


class Tokens:
    """The way of every request that needs a token.

    Args:
        login: The login operation, with the user's route.
        credentials: User name and password (K:11-12). Secret.
        fetching: Held while a token is fetched. A lock between threads; nothing on an event loop, where a second login is
            harmless and a held lock would not be.
    """

    def __init__(self, login: Operation, credentials: tuple[str, str], fetching: AbstractContextManager[object]) -> None:
        self._login = login
        self._credentials = credentials
        self._fetching = fetching
        self._token: str | None = None

    def way(self, ask: Ask) -> Plan[Judged]:
        """Ask with a token, and once more with another one if it was stale. A login that fails is the outcome instead."""
        if ask.operation.id == self._login.id:
            return (yield from plainly(ask))
        failed = yield from self._renewed(stale=None)
        if failed is not None:
            return failed
        used = self._token
        exchange = yield self._with_token(ask)
        if not (isinstance(exchange, Reply) and exchange.status == UNAUTHORISED):
            return ask.operation, exchange
        failed = yield from self._renewed(stale=used)
        if failed is not None:
            return failed
        return (yield from plainly(self._with_token(ask)))

    def _with_token(self, ask: Ask) -> Ask:
        return Ask(ask.operation, ask.request, {"Authorization": f"Bearer {self._token}"})

    def _renewed(self, *, stale: str | None) -> Plan[Judged | None]:
        """Have a token other than `stale`; what became of the login if there is none."""
        with self._fetching:
            if self._token is not None and self._token != stale:
                return None
            username, password = self._credentials
            request = build(self._login, {"username": username, "password": password})
            exchange: Exchange = yield Ask(self._login, request)
            found = read(self._login, exchange) if isinstance(exchange, Reply) else None
            if not isinstance(found, Token):
                return self._login, exchange
            self._token = found.access_token.get_secret_value()
            return None
