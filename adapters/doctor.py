"""The doctor: finds out which of the plausible routes of an operation a server has, without doing anything there.

May not call an operation with an id that could exist, nor with a body that could be accepted. Non-obvious choice: a route is told
by *comparison*. Each probe is paired with the same request to a path that no server has; a server that answers both alike has
neither, whatever it answers (404, 405, an HTML page, or 401 before it even looks).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import cast

from .operation import PLACEHOLDER, Operation, Reply, Request, RouteConfidence
from .patience import in_doubt, untouched
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
        reasons: Why it cannot be told, of those of which it cannot.
    """

    operation: Operation
    route: tuple[str, str] | None
    findings: Mapping[tuple[str, str], Finding]
    reasons: Mapping[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])


def examine(operations: Mapping[str, Operation], sender: Sender) -> Iterator[Diagnosis]:
    """Probe every operation whose route is not given by its document.

    Args:
        operations: By id.
        sender: The way to the server, with its credentials.
    """
    for operation in operations.values():
        if operation.confidence is not RouteConfidence.GIVEN:
            yield _diagnosed(operation, sender)


def _diagnosed(operation: Operation, sender: Sender) -> Diagnosis:
    findings: dict[tuple[str, str], Finding] = {}
    reasons: dict[tuple[str, str], str] = {}
    for route in ((operation.method, operation.path), *operation.alternates):
        findings[route], why = _probed(sender, *route)
        if why:
            reasons[route] = why
        if findings[route] is Finding.THERE:
            return Diagnosis(operation, route, findings, reasons)
    return Diagnosis(operation, None, findings, reasons)


def _probed(sender: Sender, method: str, path: str) -> tuple[Finding, str]:
    """What a route is, and why that cannot be told where it cannot."""
    body = b"{}" if PLACEHOLDER.search(path) else UNPARSABLE
    real = PLACEHOLDER.sub(NOWHERE, path)
    # Of the same depth, and below the same first segment: some servers answer a whole subtree in one way.
    bogus = (f"/{real.split('/')[1]}-{NOWHERE}/" + "/".join(NOWHERE for _ in real.split("/")[2:])).rstrip("/")
    there, nowhere = (sender.send(Request(method=method, path=where, body=body)) for where in (real, bogus))
    for exchange in (there, nowhere):
        if not isinstance(exchange, Reply):
            return Finding.UNCLEAR, exchange.reason
        if in_doubt(exchange) or untouched(exchange):
            return Finding.UNCLEAR, f"it answered {exchange.status}, which is no word on the route; ask again later"
    return _compared(_told(there, real), _told(nowhere, bogus))


def _told(exchange: Exchange, path: str) -> tuple[int, bytes]:
    """Status and body, without what only repeats the path."""
    reply = cast("Reply", exchange)
    return reply.status, reply.body.replace(path.encode(), b"")


def _compared(there: tuple[int, bytes], nowhere: tuple[int, bytes]) -> tuple[Finding, str]:
    if there[0] == UNAUTHORISED:
        return Finding.NO_KEY, ""
    if there == nowhere:
        missing = there[0] in {NOT_FOUND, WRONG_METHOD}
        return (Finding.NOT_THERE, "") if missing else (Finding.UNCLEAR, f"it answers {there[0]} wherever it is asked")
    return (Finding.OTHER_VERB if there[0] == WRONG_METHOD else Finding.THERE), ""
