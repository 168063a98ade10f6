"""How operations are declared: the four verbs of HTTP, and what they mean for a repetition.

May not know any API. Non-obvious choice: a verb takes its path as given by the document unless `inferred` says otherwise,
together with what else it might be; `doctor` and the reference read both.
"""

from typing import Any

from .declare import Terms
from .operation import Idempotency, RouteConfidence

SAFE, REPEATABLE = Idempotency.SAFE, Idempotency.REPEATABLE
LOOK_UP_FIRST, DOOR = Idempotency.LOOK_UP_FIRST, Idempotency.DOOR


def get(path: str, *evidence: str, **more: Any) -> Terms:  # noqa: ANN401 - whatever `Terms` takes
    """A read."""
    return Terms(method="GET", path=path, idempotency=SAFE, evidence=evidence, **more)


def put(path: str, idempotency: Idempotency, *evidence: str, **more: Any) -> Terms:  # noqa: ANN401 - as `get`
    """A change."""
    return Terms(method="PUT", path=path, idempotency=idempotency, evidence=evidence, **more)


def post(path: str, idempotency: Idempotency, *evidence: str, **more: Any) -> Terms:  # noqa: ANN401 - as `get`
    """A creation, mostly."""
    return Terms(method="POST", path=path, idempotency=idempotency, evidence=evidence, **more)


def delete(path: str, *evidence: str, **more: Any) -> Terms:  # noqa: ANN401 - as `get`
    """A removal; what is gone stays gone, however often it is asked for: 404 after a doubt means that it was done (`talk`)."""
    return Terms(method="DELETE", path=path, idempotency=REPEATABLE, evidence=evidence, **more)


def inferred(*alternates: tuple[str, str]) -> dict[str, Any]:
    """The route is a guess (A1), and these are the next best ones."""
    return {"confidence": RouteConfidence.INFERRED, "alternates": alternates}
