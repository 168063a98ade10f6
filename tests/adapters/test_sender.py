"""The sender: what leaves, what comes back, and what every failure of httpx means."""

import inspect
from collections.abc import Callable

import httpx
import pytest

from parcelflow.adapters.operation import Reply, Request
from parcelflow.adapters.sender import DEFAULT_TIMEOUTS, FATES, Lost, NotSent, Sender, fate
from parcelflow.machines import BadSettingsError

from .fakes import KEY, Remote, reply

BASE = "https://api.bloq.it/api/v1/public"
EXPORTED = [
    item for item in vars(httpx).values() if inspect.isclass(item) and issubclass(item, Exception) and item is not Exception
]
NOT_SENT = {
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
    httpx.InvalidURL,
    httpx.RequestNotRead,
}


def test_the_mapping_is_total_over_what_httpx_exports() -> None:
    assert len(EXPORTED) > 20
    assert set(FATES) == set(EXPORTED)


@pytest.mark.parametrize("kind", EXPORTED, ids=lambda kind: kind.__name__)
def test_only_what_certainly_did_not_leave_is_not_sent(kind: type[Exception]) -> None:
    assert FATES[kind] is (NotSent if kind in NOT_SENT else Lost)


def test_a_class_that_does_not_exist_yet_means_what_its_family_means() -> None:
    class NewConnectError(httpx.ConnectError):
        pass

    class NewStreamError(httpx.StreamError):
        pass

    assert isinstance(fate(NewConnectError("")), NotSent)
    assert isinstance(fate(NewStreamError("")), Lost)
    assert isinstance(fate(ValueError()), Lost)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (httpx.ConnectError(KEY), NotSent),
        (httpx.PoolTimeout(KEY), NotSent),
        (httpx.InvalidURL(KEY), NotSent),
        (httpx.ReadTimeout(KEY), Lost),
        (httpx.RemoteProtocolError(KEY), Lost),
        (httpx.DecodingError(KEY), Lost),
        (httpx.CookieConflict(KEY), Lost),
        (httpx.StreamClosed(), Lost),
    ],
)
def test_a_failure_is_classified_and_tells_no_more_than_its_name(error: Exception, kind: type[object]) -> None:
    with Sender(BASE, transport=Remote(error).transport) as sender:
        found = sender.send(Request(method="GET", path="/rents/1"))
    assert isinstance(found, NotSent | Lost)
    assert isinstance(found, kind)
    assert type(error).__name__ in found.reason
    assert KEY not in found.reason


def test_a_request_leaves_as_it_was_built() -> None:
    remote = Remote(reply(200, {"a": 1}, X_Trace="7"))
    sender = Sender(BASE, headers={"X-API-KEY": KEY}, transport=remote.transport)
    found = sender.send(Request(method="PUT", path="/rents/a%2Fb/cancel", query=(("x", "1 2"), ("x", "3")), body=b"{}"))
    sent = remote.requests[0]
    assert remote.lines == ["PUT /api/v1/public/rents/a%2Fb/cancel?x=1+2&x=3"]
    assert sent.headers["x-api-key"] == KEY
    assert sent.headers["content-type"] == "application/json"
    assert sent.content == b"{}"
    assert isinstance(found, Reply)
    assert (found.status, found.body, found.headers["x-trace"]) == (200, b'{"a": 1}', "7")


def test_without_a_body_nothing_is_said_about_its_type() -> None:
    remote = Remote(reply())
    Sender(BASE, transport=remote.transport).send(Request(method="PUT", path="/rents/1/cancel"), headers={"X-A": "b"})
    assert "content-type" not in remote.requests[0].headers
    assert remote.requests[0].headers["x-a"] == "b"


def test_a_redirect_is_not_followed() -> None:
    remote = Remote(reply(302, Location="https://elsewhere.example/"))
    found = Sender(BASE, transport=remote.transport).send(Request(method="PUT", path="/rents/1/cancel"))
    assert isinstance(found, Reply)
    assert found.status == 302


@pytest.mark.parametrize(
    "make",
    [
        lambda: Sender("api.bloq.it"),
        lambda: Sender("http://[::1"),
        lambda: Sender("https://"),
        lambda: Sender("https://a.example:port"),
        lambda: Sender("https://a.example:99999"),
        lambda: Sender("https://a\n.example"),
        lambda: Sender(f"ftp://user:{KEY}@a.example/?key={KEY}"),
        lambda: Sender(f"https://user:{KEY}@[::1/?key={KEY}"),
        lambda: Sender(BASE, headers={"X-API-KEY": ""}),
        lambda: Sender(BASE, headers={"X-API-KEY": "kéy-" + KEY}),
        lambda: Sender(BASE, headers={"X-API-KEY": KEY + "\r\nX: y"}),
    ],
)
def test_settings_that_cannot_be_used_are_refused_without_repeating_a_secret(make: Callable[[], Sender]) -> None:
    with pytest.raises(BadSettingsError) as caught:
        make()
    assert KEY not in str(caught.value)


def test_secrets_are_in_no_repr_and_every_phase_has_its_limit() -> None:
    assert KEY not in repr(Sender(BASE, headers={"X-API-KEY": KEY}))
    assert repr(Sender(f"https://user:{KEY}@a.example/api?key={KEY}")) == "Sender('https://a.example/api')"
    assert "secret" not in repr(Request(method="POST", path="/", body=b"secret"))
    assert all(seconds is not None for seconds in DEFAULT_TIMEOUTS.as_dict().values())
