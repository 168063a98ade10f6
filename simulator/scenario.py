"""Scenarios: a story told to a fresh world in process, and what is expected of it.

May not reach into the world: it asks over HTTP, as anybody. Non-obvious choice: a step that is refused ends the scenario, unless
it says `refused`; a story that goes on after a step that never happened proves nothing.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, cast
from urllib.parse import quote

import httpx

from .handle import Handle, seconds_of
from .hooks import name_of
from .in_process import HOST
from .scenario_check import check
from .scenario_file import Lined, Scenario, UnexpectedError, UnusableError, list_of, verb_of, word_of
from .scenario_words import NAMED_IN_BODY, VERBS, Verb
from .words import iso

HOOK = "https://partner.example/hook"

IMPATIENT = 0.1
"""Real seconds after which a step is lost that says so; any other waits for its answer."""

BAD = 400
"""How the control routes answer what they do not understand."""


def play(scenario: Scenario) -> None:
    """Tell a scenario to a fresh world.

    Raises:
        UnusableError: A step cannot be understood.
        UnexpectedError: A step was refused that should not be, or an expectation does not hold; nothing else is tried.
    """
    check(scenario)
    with ExitStack() as stack:
        handle = stack.enter_context(Handle.fresh())
        client = stack.enter_context(httpx.Client(transport=handle.transport, base_url=HOST, timeout=None))  # noqa: S113 - see `IMPATIENT`
        stage = _Stage(handle, client)
        stage.prepare(scenario.given)
        for block in scenario.blocks:
            for step in list_of(block, "when"):
                stage.act(step)
            for expected in list_of(block, "then"):
                stage.expect(expected)


@dataclass(slots=True)
class _Stage:
    """A scenario under way."""

    handle: Handle
    client: httpx.Client
    names: dict[str, str] = field(default_factory=dict[str, str])
    kinds: dict[str, str] = field(default_factory=dict[str, str])
    last: httpx.Response | None = None

    def prepare(self, given: Lined) -> None:
        for name, method in (("world", "POST"), ("settings", "PUT")):
            if name in given:
                answer = self._send(method, f"/sim/{name}", {}, given[name])
                if answer.is_error:
                    raise UnusableError(given.line, f"`{name}`: {answer.json()['message']}")
        events = given.get("webhooks", [])
        if events:
            body = {"url": HOOK, "enabledEvents": events, "secret": "scenario"}
            self._done(given.line, self._send("POST", "/bloqit/webhooks", {}, body))
        if given.get("orders"):
            self.client.post("/sim/blink/webhooks", json={"order_url": HOOK, "status_url": HOOK})
        if given.get("tasks"):
            self.client.post("/sim/logistics/webhook", json={"url": HOOK})

    def act(self, step: Lined) -> None:
        word, lost = verb_of(step, step.line), "lost" in step
        self.client.timeout = httpx.Timeout(IMPATIENT if lost else None)
        try:
            self.last = self._call(step, word, VERBS[word])
        except httpx.TransportError as error:
            if lost:
                return
            raise UnexpectedError(step.line, f"{word}: expected an answer, found none: {error}") from error
        if lost:
            raise UnexpectedError(step.line, f"{word} is lost: expected no answer, found {self.last.status_code}")
        refused = step.get("refused")
        if refused is not None:
            self._equal(step.line, f"{word} is refused with", refused, self.last.status_code)
            return
        self._done(step.line, self.last)
        self._name(step, word, self.last)

    def _call(self, step: Lined, word: str, verb: Verb) -> httpx.Response:
        told: Any = step[word]
        options: dict[str, Any] = (
            dict(cast("Mapping[str, Any]", told)) if isinstance(told, Mapping) else {verb.takes or "of": told}
        )
        about: Any = options.pop("of", None)
        if word != "call" and about is not None:
            about = self._called(step, str(about))
        if word == "advance":
            options = {"seconds": self._seconds(step, options.get("seconds"))}
        if word in NAMED_IN_BODY and about is not None:
            options[NAMED_IN_BODY[word]] = about
        sent: dict[str, Any] = {**verb.fixed, **{name: self._value(step, name, value) for name, value in options.items()}}
        if word == "create task":
            sent = {"mappingCode": sent.get("mappingKey"), **sent}
        method, _, path = str(about if word == "call" else verb.line).partition(" ")
        query = {name: sent.pop(name) for name in list(sent) if name in verb.query}
        return self._send(method, self._path(step, path, about), query, sent)

    def _called(self, step: Lined, name: str) -> str:
        known = self.names | self._places()
        if name not in known:
            raise UnusableError(step.line, f"nothing is called {name!r}; there is: {', '.join(known)}")
        return known[name]

    def _path(self, step: Lined, path: str, about: str | None) -> str:
        def place(found: "re.Match[str]") -> str:
            name = found[1]
            value = self._bloq_of(about) if name == "bloq" else about if name == "of" else self.names.get(name)
            if value is None and name == "bloq":
                raise UnusableError(step.line, f"a locker goes by its title, as in A1; got {step[verb_of(step, step.line)]!r}")
            if value is None:
                known = ", ".join(self.names) or "nothing yet"
                raise UnusableError(step.line, f"nothing is called {name if name != 'of' else about!r}; there is: {known}")
            return quote(value, safe="")

        return re.sub(r"{([\w -]+)}", place, path)

    def _send(self, method: str, path: str, query: Mapping[str, Any], body: Mapping[str, Any]) -> httpx.Response:
        content = body or None
        return self.client.request(method, path, params=dict(query), json=content, headers=self._credentials(path))

    def _credentials(self, path: str) -> dict[str, str]:
        settings, world = self.handle.settings, self.handle.world
        if path.startswith("/blink"):
            with world.lock:
                return {"Authorization": f"Bearer {world.blink.login(settings.blink_username, settings.blink_password)}"}
        token = f"Bearer {settings.logistics_token}"
        return {"Authorization": token} if path.startswith("/logistics") else {"X-API-KEY": settings.bloqit_api_key}

    def _name(self, step: Lined, word: str, answer: httpx.Response) -> None:
        if "as" not in step:
            return
        found: Any = _json(answer)
        for part in VERBS[word].makes.split("."):
            found = cast("dict[str, Any]", found).get(part) if isinstance(found, dict) else None
        if not isinstance(found, str):
            raise UnusableError(step.line, f"{word} makes nothing that could have a name; got {step['as']!r}")
        self.names[str(step["as"])] = found
        self.kinds[found] = {"place order": "orders", "create task": "tasks"}.get(word, "rents")

    def _value(self, step: Lined, name: str, value: Any) -> Any:  # noqa: ANN401 - JSON
        if isinstance(value, str) and value.startswith("in "):
            try:
                return iso(self.handle.now + timedelta(seconds=self._seconds(step, value.removeprefix("in "))))
            except OverflowError as error:
                raise UnusableError(step.line, f"the calendar ends before that; got {value!r}") from error
        return self._id(value) if name.endswith("ID") and name != "externalID" else value

    def _id(self, value: Any) -> Any:  # noqa: ANN401 - JSON
        return self.names.get(str(value)) or self._places().get(str(value)) or value

    def _places(self) -> dict[str, str]:
        places = {locker["lockerTitle"]: locker["_id"] for locker in self._lockers()}
        return places | {bloq["code"]: bloq["_id"] for bloq in self._see()["bloqs"]}

    def _bloq_of(self, locker: str | None) -> str | None:
        return next((known["bloq"] for known in self._lockers() if known["_id"] == locker), None)

    def _lockers(self) -> Iterator[dict[str, Any]]:
        for bloq in self._see()["bloqs"]:
            yield from bloq["lockers"]

    def _see(self) -> dict[str, Any]:
        return self.client.get("/sim/state").json()

    @staticmethod
    def _seconds(step: Lined, duration: Any) -> float:  # noqa: ANN401 - JSON
        try:
            return seconds_of(duration)
        except ValueError as error:
            raise UnusableError(step.line, str(error)) from error

    # --- expectations -----------------------------------------------------------------------------------------------------

    def expect(self, expected: Lined) -> None:
        word = word_of(expected, expected.line)
        wanted = expected[word]
        if word == "sent":
            self.handle.settle()
            self._equal(expected.line, "sent", wanted, [delivery.event for delivery in self.handle.sent])
            return
        for name, value in cast("Mapping[str, Any]", wanted).items():
            found = self._found(expected, word, str(name), value)
            self._equal(expected.line, f"{word} of {name}", value, found)

    def _found(self, expected: Lined, word: str, name: str, value: Any) -> Any:  # noqa: ANN401 - JSON
        if word == "count":
            return self.client.get("/sim/record", params={"operation": name}).json()["count"]
        if word == "answer":
            return self._answered(expected, name)
        if word == "locker":
            return self._locker(expected, name, value)
        if name not in self.names:
            raise UnusableError(expected.line, f"nothing is called {name!r}; there is: {', '.join(self.names) or 'nothing yet'}")
        return self._history(expected, name) if word == "events" else self._state(name)

    def _answered(self, expected: Lined, name: str) -> Any:  # noqa: ANN401 - JSON
        if self.last is None:
            raise UnusableError(expected.line, f"an answer needs a step before it; got {name!r}")
        body: Any = _json(self.last)
        fields = cast("dict[str, Any]", body) if isinstance(body, dict) else {}
        if name not in ("status", "code", *fields):
            there = ", ".join(("status", "code", *fields))
            raise UnusableError(expected.line, f"the last answer has no field {name!r}; there is: {there}")
        return self.last.status_code if name == "status" else fields.get(name)

    def _history(self, expected: Lined, name: str) -> list[str]:
        if (kind := self.kinds[self.names[name]]) != "rents":
            raise UnusableError(expected.line, f"events are those of rents; got {name!r}, which is one of the {kind}")
        answer = self._send("GET", f"/bloqit/rents/{self.names[name]}/history", {}, {})
        return [name for name in map(name_of, answer.json()) if name.startswith("rent.")]

    def _state(self, name: str) -> Any:  # noqa: ANN401 - JSON
        known = self.names[name]
        kind = self.kinds[known]
        if kind == "rents":
            return self._send("GET", f"/bloqit/rents/{known}", {}, {}).json()["state"]
        key, word = ("blink_order_id", "status") if kind == "orders" else ("taskId", "state")
        for thing in self._see()[kind]:
            if known in (thing.get(key), thing.get("data", {}).get(key)):
                return thing[word]
        return None

    def _locker(self, expected: Lined, title: str, value: Mapping[str, Any]) -> dict[str, Any]:
        for locker in self._lockers():
            if locker["lockerTitle"] == title:
                names = {known: name for name, known in self.names.items()}
                seen = {"open": locker["isOpen"], "active": locker["active"], "rent": names.get(locker["rent"] or "", "none")}
                return {name: seen.get(name) for name in value}
        raise UnusableError(expected.line, f"there is no locker {title!r}")

    def _done(self, line: int, answer: httpx.Response) -> None:
        if not answer.is_error:
            return
        body: Any = _json(answer)
        told = cast("dict[str, Any]", body) if isinstance(body, dict) else {}
        if told.get("code") == "routeUnknown" or (answer.status_code == BAD and answer.request.url.path.startswith("/sim/")):
            asked = f"{answer.request.method} {answer.request.url.path}"
            raise UnusableError(line, f"{asked}: {told.get('message')}")
        raise UnexpectedError(
            line, f"{answer.request.method} {answer.request.url.path} answered {answer.status_code}: {answer.text}"
        )

    @staticmethod
    def _equal(line: int, what: str, wanted: Any, found: Any) -> None:  # noqa: ANN401 - JSON
        if wanted != found:
            raise UnexpectedError(line, f"{what}: expected {wanted!r}, found {found!r}")


def _json(answer: httpx.Response) -> Any:  # noqa: ANN401 - JSON
    """The body; `None` for one that is no JSON, as a page is."""
    try:
        return answer.json()
    except ValueError:
        return None
