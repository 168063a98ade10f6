"""Route overrides as a file, and the doctor that writes one."""

import json
from pathlib import Path

import httpx
import pytest

from parcelflow.adapters.bloqit.operations import OPERATIONS
from parcelflow.adapters.doctor import Finding, examine
from parcelflow.adapters.operation import RouteConfidence
from parcelflow.adapters.routes import load, save
from parcelflow.adapters.sender import Sender
from parcelflow.machines import BadSettingsError

GUESSED = {name: one for name, one in OPERATIONS.items() if one.confidence is not RouteConfidence.GIVEN}
STORES = {"bloqit.stores.start": OPERATIONS["bloqit.stores.start"]}


def test_overrides_are_written_and_read(tmp_path: Path) -> None:
    file = tmp_path / "routes.json"
    routes = {"bloqit.rents.update": ("PUT", "/rents/{rentID}"), "bloqit.stores.start": ("PUT", "/v2/stores")}
    save(file, routes)
    assert load(file) == routes
    assert json.loads(file.read_text())["bloqit.stores.start"] == "PUT /v2/stores"


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("[]", "has to be a JSON object, got list"),
        ("{", "not JSON"),
        ('{"bloqit.rents.love": "PUT /x"}', r"no operation is called 'bloqit\.rents\.love'"),
        ('{"bloqit.stores.start": "/stores"}', r"as in 'POST /stores', got '/stores'"),
        ('{"bloqit.stores.start": "FETCH /stores"}', r"as in 'POST /stores', got 'FETCH /stores'"),
        ('{"bloqit.stores.start": 7}', r"as in 'POST /stores', got 7"),
        ('{"bloqit.rents.update": "PUT /rents"}', r"needs exactly these placeholders: rentID"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_what_would_be_right(tmp_path: Path, text: str, right: str) -> None:
    file = tmp_path / "routes.json"
    file.write_text(text)
    with pytest.raises(BadSettingsError, match=right):
        load(file)


def test_a_file_that_is_not_there_and_a_folder_that_is_not(tmp_path: Path) -> None:
    with pytest.raises(BadSettingsError, match="cannot be read"):
        load(tmp_path / "none.json")
    with pytest.raises(BadSettingsError, match="cannot be written"):
        save(tmp_path / "none" / "routes.json", {})


def _server(*known: str, elsewhere: tuple[int, str] = (404, "Cannot {method} {path}"), status: int = 400) -> httpx.MockTransport:
    """A server that has some routes (METHOD and the end of the path), and answers like many do where it has none."""

    def answer(request: httpx.Request) -> httpx.Response:
        assert b"parcelflow-probe" in request.url.raw_path or request.content == b"{", "a probe has to be harmless"
        line = f"{request.method} {request.url.path}"
        if any(line.startswith(route.split()[0]) and line.endswith(route.split()[1]) for route in known):
            return httpx.Response(status, json={"code": "bodyInvalid", "message": "no"})
        return httpx.Response(elsewhere[0], text=elsewhere[1].format(method=request.method, path=request.url.path))

    return httpx.MockTransport(answer)


def _sender(transport: httpx.MockTransport) -> Sender:
    return Sender("https://a.example/api", headers={"X-API-KEY": "k"}, transport=transport)


def test_a_route_is_told_by_what_the_server_answers_elsewhere() -> None:
    with _sender(_server("POST /stores/start")) as sender:
        (found,) = examine(STORES, sender)
    assert found.route == ("POST", "/stores/start")
    assert list(found.findings.values()) == [Finding.NOT_THERE, Finding.THERE]


@pytest.mark.parametrize(
    ("transport", "finding"),
    [
        (_server(), Finding.NOT_THERE),
        (_server(elsewhere=(401, "who are you?")), Finding.NO_KEY),
        (_server(elsewhere=(400, "all is wrong")), Finding.UNCLEAR),
        (_server("POST /stores", status=405), Finding.OTHER_VERB),
        (httpx.MockTransport(lambda _request: (_ for _ in ()).throw(httpx.ConnectError(""))), Finding.UNCLEAR),
    ],
)
def test_what_cannot_be_told_is_not_guessed(transport: httpx.MockTransport, finding: Finding) -> None:
    with _sender(transport) as sender:
        (found,) = examine(STORES, sender)
    assert found.route is None
    assert found.findings["POST", "/stores"] is finding


@pytest.mark.parametrize("status", [408, 429, 500, 503])
@pytest.mark.parametrize("leg", [0, 1])
def test_an_overload_says_nothing_about_a_route(status: int, leg: int) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return httpx.Response(status if len(asked) % 2 != leg else 404, text=request.url.path)

    with _sender(httpx.MockTransport(answer)) as sender:
        (found,) = examine(STORES, sender)
    assert found.route is None
    assert set(found.findings.values()) == {Finding.UNCLEAR}
    assert set(found.reasons.values()) == {f"it answered {status}, which is no word on the route; ask again later"}


def test_what_cannot_be_told_says_why() -> None:
    def down(_request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("")

    for transport, why in (
        (httpx.MockTransport(down), "the request was not sent: ConnectError"),
        (_server(elsewhere=(400, "all is wrong")), "it answers 400 wherever it is asked"),
    ):
        with _sender(transport) as sender:
            (found,) = examine(STORES, sender)
        assert set(found.reasons.values()) == {why}
    with _sender(_server()) as sender:
        (found,) = examine(STORES, sender)
    assert found.reasons == {}, "what can be told needs no reason"


def test_the_doctor_asks_about_every_guess_and_about_nothing_else() -> None:
    with _sender(_server(*(f"{one.method} /{one.path.rpartition('/')[2]}" for one in GUESSED.values()))) as sender:
        asked = {diagnosis.operation.id for diagnosis in examine(OPERATIONS, sender)}
    assert asked == set(GUESSED)
    assert len(asked) == 20  # the structural law of the document
