"""Whether a scenario's words mean anything: options that a request has, operations that there are.

May not play anything. Non-obvious choice: it is asked before the first step, so that a misspelt word in the last line does not
come to light only when everything before it has been mended.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, cast

from .control_api import RECORDED
from .openapi import APIS
from .scenario_file import Lined, Scenario, list_of, verb_of
from .scenario_lines import UnusableError
from .scenario_words import NAMED_IN_BODY, VERBS
from .strict import names_of
from .web import Operation

ANY = re.compile(r"(GET|POST|PUT|DELETE) /\S*(?:\{[\w -]+\}\S*)*")
"""A request, as `call` takes it."""


def check(scenario: Scenario) -> None:
    """Refuse a scenario that says what nothing understands.

    Raises:
        UnusableError: The first thing that is not understood, with what would be.
    """
    for block in scenario.blocks:
        for step in list_of(block, "when"):
            _check_step(step, verb_of(step, step.line))
        for expected in list_of(block, "then"):
            for name in expected.get("count", ()):
                if name not in RECORDED:
                    there = ", ".join(sorted(RECORDED))
                    raise UnusableError(expected.line, f"an operation is one of {there}; got {name!r}")


def _check_step(step: Lined, word: str) -> None:
    told: Any = step[word]
    options: Mapping[str, Any] | None = cast("Mapping[str, Any]", told) if isinstance(told, dict) else None
    if word == "call":
        request: object = step[word] if options is None else options.get("of")
        if not (isinstance(request, str) and ANY.fullmatch(request)):
            message = f"`call` is a request, as in `call: PUT /bloqit/rents/{{parcel}}/cancel`; got {request!r}"
            raise UnusableError(step.line, message)
        return
    if isinstance(told, list):
        raise UnusableError(step.line, f"`{word}` is about a name, or a mapping of options; got {told!r}")
    if options is not None:
        _check_options(step, word, options)


def _check_options(step: Lined, word: str, options: Mapping[str, Any]) -> None:
    known, takes = _options(word), VERBS[word].takes
    for name, value in options.items():
        if known and name not in known:
            there = ", ".join(sorted(known))
            raise UnusableError(step.line, f"`{word}` has no option {name!r}; there is: {there}; got {value!r}")
    if takes and takes not in options:
        raise UnusableError(step.line, f"`{word}` needs {takes}; got {dict(options)!r}")


@cache
def _options(word: str) -> frozenset[str]:
    """The options of a word; empty where the control routes judge them themselves."""
    verb = VERBS[word]
    if verb.takes:
        return frozenset({verb.takes})
    operation = _operation(verb.line)
    if operation is None or operation.contract is None:
        return frozenset()
    body = names_of(operation.contract.body) if operation.contract.body else ()
    named = {NAMED_IN_BODY[word]} if word in NAMED_IN_BODY else set[str]()
    return verb.query | {*body, "of"} - named


def _operation(line: str) -> Operation | None:
    method, path = line.split(" ", 1)
    api, _, rest = path.lstrip("/").partition("/")
    shape = re.sub(r"\{[^}]*\}", "{}", f"/{rest}")
    for operation in APIS[api].door.operations if api in APIS else ():
        if operation.method == method and shape in (re.sub(r"\{[^}]*\}", "{}", one) for one in operation.paths):
            return operation
    return None
