"""The two thin senders: a request as data goes out, a reply as data or a classified failure comes back.

May not know any API nor retry. Non-obvious choice: a failure is told only by the name of its exception class, because httpx
puts header values and URLs into some of its messages, and a header may hold a key.
"""

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType, TracebackType
from typing import Self, TypeAlias, TypedDict, Unpack

import httpx

from ..machines import BadSettingsError
from .operation import Reply, Request
from .private import QuietUrls

DEFAULT_TIMEOUTS = httpx.Timeout(connect=5.0, read=30.0, write=10.0, pool=5.0)
"""Seconds. Reading is allowed the longest: the remote answers a door request only once the locker has answered it (B:58)."""

DEFAULT_LIMITS = httpx.Limits(max_connections=16, max_keepalive_connections=8, keepalive_expiry=30.0)
"""Of one sender, which is of one host. Nobody's document names a limit; sixteen doors at once are enough for a site."""

FAILURES = (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, httpx.CookieConflict)
"""Everything that httpx raises on purpose."""

LARGEST_PORT = 65_535
NO_HEADERS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class NotSent:
    """The request certainly did not reach the remote."""

    reason: str


@dataclass(frozen=True, slots=True)
class Lost:
    """The request may have reached the remote; what it answered, if anything, is lost."""

    reason: str


# httpx logs every URL, query and all, for whoever listens at INFO; a query may hold a customer's phone number.
logging.getLogger("httpx").addFilter(QuietUrls())

Failure: TypeAlias = NotSent | Lost
Exchange: TypeAlias = Reply | Failure

FATES: Mapping[type[Exception], type[NotSent] | type[Lost]] = MappingProxyType(
    {
        # Before the first byte: no connection, or nothing that could be sent over one.
        httpx.ConnectError: NotSent,
        httpx.ConnectTimeout: NotSent,
        httpx.PoolTimeout: NotSent,
        httpx.ProxyError: NotSent,
        httpx.UnsupportedProtocol: NotSent,
        httpx.LocalProtocolError: NotSent,
        httpx.InvalidURL: NotSent,
        httpx.RequestNotRead: NotSent,
        # Bytes were under way.
        httpx.ReadTimeout: Lost,
        httpx.WriteTimeout: Lost,
        httpx.ReadError: Lost,
        httpx.WriteError: Lost,
        httpx.CloseError: Lost,
        httpx.RemoteProtocolError: Lost,
        # An answer came and could not be used; what was asked for may have been done.
        httpx.DecodingError: Lost,
        httpx.TooManyRedirects: Lost,
        httpx.HTTPStatusError: Lost,
        httpx.CookieConflict: Lost,
        httpx.StreamConsumed: Lost,
        httpx.StreamClosed: Lost,
        httpx.ResponseNotRead: Lost,
        # The families, for members that do not exist yet: in doubt, the outcome is unknown.
        httpx.TimeoutException: Lost,
        httpx.NetworkError: Lost,
        httpx.ProtocolError: Lost,
        httpx.TransportError: Lost,
        httpx.RequestError: Lost,
        httpx.StreamError: Lost,
        httpx.HTTPError: Lost,
    }
)
"""What became of a request, by exception class: total over everything that httpx exports (a test enumerates them)."""


def fate(error: Exception) -> Failure:
    """Whether a request that ended in `error` was sent: by its class, else by the nearest class that we know."""
    known = next((kin for kin in type(error).__mro__ if kin in FATES), httpx.HTTPError)
    verdict = FATES[known]
    words = "the request was not sent" if verdict is NotSent else "the outcome is unknown"
    return verdict(f"{words}: {type(error).__name__}")


class WireOptions(TypedDict, total=False):
    """Keyword arguments of `_Wire`."""

    headers: Mapping[str, str]
    secrets: Sequence[str]
    timeouts: httpx.Timeout
    limits: httpx.Limits


class _Settings(TypedDict):
    """What both of httpx's clients are made with."""

    base_url: str
    headers: Mapping[str, str]
    timeout: httpx.Timeout
    limits: httpx.Limits
    follow_redirects: bool


class _Wire:
    """What both senders share: everything but the sending itself.

    Args:
        base_url: Absolute URL; the paths of operations are relative to it.
        headers: Sent with every request (keys, static tokens).
        secrets: What no error may repeat, besides the values of headers.
        timeouts: Seconds for each phase.
        limits: Connections to this one host, and how long idle ones are kept for reuse.

    Raises:
        BadSettingsError: `base_url` is not an absolute http(s) URL, or a header cannot be sent.
    """

    def __init__(
        self,
        base_url: str,
        *,
        headers: Mapping[str, str] = NO_HEADERS,
        secrets: Sequence[str] = (),
        timeouts: httpx.Timeout = DEFAULT_TIMEOUTS,
        limits: httpx.Limits = DEFAULT_LIMITS,
    ) -> None:
        self._place = _place(base_url)
        for name, value in headers.items():
            _sendable(name, value)
        self._secrets = (*secrets, *_last_words(headers))
        self._settings: _Settings = {
            "base_url": base_url,
            "headers": {"User-Agent": "parcelflow", "Accept": "application/json", **headers},
            "timeout": timeouts,
            "limits": limits,
            # A redirected PUT would become a GET elsewhere, and a key would travel along: a redirect is an answer, not a detour.
            "follow_redirects": False,
        }

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._place!r})"

    def _told(self, request: Request, response: httpx.Response, headers: Mapping[str, str]) -> Reply:
        kept = (*self._secrets, *_last_words(headers), *request.kept)
        return Reply(response.status_code, MappingProxyType(dict(response.headers)), response.content, kept)


class _Call(TypedDict):
    """A request as both of httpx's clients take it."""

    method: str
    url: str
    params: tuple[tuple[str, str], ...] | None
    content: bytes | None
    headers: Mapping[str, str]


def _call(request: Request, headers: Mapping[str, str]) -> _Call:
    typed = headers if request.body is None else {"Content-Type": "application/json", **headers}
    query = request.query or None
    return {"method": request.method, "url": request.path, "params": query, "content": request.body, "headers": typed}


class Sender(_Wire):
    """Sends requests to one base URL and waits for each; see `_Wire` for what it is made from.

    Args:
        transport: The seam for tests and the demo; None for the network.
    """

    def __init__(self, base_url: str, *, transport: httpx.BaseTransport | None = None, **wire: Unpack[WireOptions]) -> None:
        super().__init__(base_url, **wire)
        self._client = httpx.Client(transport=transport, **self._settings)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def send(self, request: Request, *, headers: Mapping[str, str] = NO_HEADERS) -> Exchange:
        """Send `request` once, with `headers` besides the sender's own."""
        try:
            return self._told(request, self._client.request(**_call(request, headers)), headers)
        except FAILURES as error:
            return fate(error)


class AsyncSender(_Wire):
    """As `Sender`, for an event loop.

    Args:
        transport: The seam for tests and the demo; None for the network.
    """

    def __init__(self, base_url: str, *, transport: httpx.AsyncBaseTransport | None = None, **wire: Unpack[WireOptions]) -> None:
        super().__init__(base_url, **wire)
        self._client = httpx.AsyncClient(transport=transport, **self._settings)

    async def close(self) -> None:
        """Give the connections back."""
        await self._client.aclose()

    async def send(self, request: Request, *, headers: Mapping[str, str] = NO_HEADERS) -> Exchange:
        """Send `request` once, with `headers` besides the sender's own."""
        try:
            return self._told(request, await self._client.request(**_call(request, headers)), headers)
        except FAILURES as error:
            return fate(error)


def _last_words(headers: Mapping[str, str]) -> list[str]:
    """The secret part of each value: all of it, or what follows `Bearer`."""
    return [value.split()[-1] for value in headers.values()]


def _place(base_url: str) -> str:
    """A base URL that can be used, as it may be shown: a password in it, or a token in its query, may not.

    Raises:
        BadSettingsError: It cannot be used.
    """
    shown = re.sub(r"(?<=//)[^/@]*@|\?.*", "", base_url, flags=re.DOTALL)
    try:
        url = httpx.URL(base_url)
    except httpx.InvalidURL as error:
        raise BadSettingsError(f"a base URL has to be a URL, got {shown!r}: {type(error).__name__}") from None
    if url.port is not None and url.port > LARGEST_PORT:
        raise BadSettingsError(f"a port is a number up to {LARGEST_PORT}, got {shown!r}")
    if url.scheme not in {"http", "https"} or not url.host:
        raise BadSettingsError(f"a base URL begins with https:// (or http://) and names a host, got {shown!r}")
    return shown


def _sendable(name: str, value: str) -> None:
    if not value.strip() or not value.isascii() or not value.isprintable():
        raise BadSettingsError(f"the value of the header {name!r} has to be printable ASCII and not empty (it is kept secret)")
