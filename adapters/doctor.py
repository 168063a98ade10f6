"""The doctor: finds out which of the plausible routes of an operation a server has, without doing anything there.

May not call an operation with an id that could exist, nor with a body that could be accepted. Non-obvious choice: a route is told
by *comparison*. Each probe is paired with the same request to a path that no server has; a server that answers both alike has
neither, whatever it answers (404, 405, an HTML page, or 401 before it even looks).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from .operation import PLACEHOLDER, Operation, Reply, Request, RouteConfidence
from .sender import Exchange, Sender

NOWHERE = "parcelflow-probe"
"""In place of ids, and of paths that no server has."""
UNPARSABLE = b"{"
"""A body that no handler ever sees: creations must not create anything."""
UNAUTHORISED, NOT_FOUND, WRONG_METHOD = 401, 404, 405


class Finding(StrEnum):
    """What a probe says of a route."""

    THERE = "there"
    NOT_THERE = "not there"
    OTHER_VERB = "there, with another method"
    NO_KEY = "the key was refused"
    UNCLEAR = "cannot be told"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What was found out about one operation.

    Attributes:
        operation: Which.
        route: The route that is there; None if none of the plausible ones is.
        findings: What each plausible route was found to be, the likeliest first.
    """

    operation: Operation
    route: tuple[str, str] | None
    findings: Mapping[tuple[str, str], Finding]


def examine(operations: Mapping[str, Operation], sender: Sender) -> Iterator[Diagnosis]:
    """Probe every operation whose route is not given by its document.

    Args:
        operations: By id.
        sender: The way to the server, with its credentials.
    """
    for operation in operations.values():
        if operation.confidence is not RouteConfidence.GIVEN:
            findings: dict[tuple[str, str], Finding] = {}
            for route in ((operation.method, operation.path), *operation.alternates):
                findings[route] = _probed(sender, *route)
                if findings[route] is Finding.THERE:
                    break
            route = next((route for route, finding in findings.items() if finding is Finding.THERE), None)
            yield Diagnosis(operation, route, findings)


def _probed(sender: Sender, method: str, path: str) -> Finding:
    body = b"{}" if PLACEHOLDER.search(path) else UNPARSABLE
    real = PLACEHOLDER.sub(NOWHERE, path)
    # Of the same depth, and below the same first segment: some servers answer a whole subtree in one way.
    bogus = f"/{real.split('/')[1]}-{NOWHERE}/" + "/".join(NOWHERE for _ in real.split("/")[2:])
    there, nowhere = (sender.send(Request(method=method, path=where, body=body)) for where in (real, bogus.rstrip("/")))
    return _compared(_told(there, real), _told(nowhere, bogus.rstrip("/")))


def _told(exchange: Exchange, path: str) -> tuple[int, bytes] | None:
    """Status and body, without what only repeats the path."""
    return (exchange.status, exchange.body.replace(path.encode(), b"")) if isinstance(exchange, Reply) else None


def _compared(there: tuple[int, bytes] | None, nowhere: tuple[int, bytes] | None) -> Finding:
    if there is None or nowhere is None:
        return Finding.UNCLEAR
    if there[0] == UNAUTHORISED:
        return Finding.NO_KEY
    if there == nowhere:
        return Finding.NOT_THERE if there[0] in {NOT_FOUND, WRONG_METHOD} else Finding.UNCLEAR
    return Finding.OTHER_VERB if there[0] == WRONG_METHOD else Finding.THERE
