"""Blink Logistics' webhooks: what happened to a task.

May not accept or store anything. Non-obvious choice: the body is that of the status answer (E6, K:262), which names no event of
its own. Each delivery gets a fresh id, since ASSIGNED, UNASSIGN, ASSIGNED of one driver is a legal story (3.13); telling a
repetition from news is the machine's business. There is nothing to verify: the door is a secret path (`receiver`).
"""

from collections.abc import Callable
from datetime import datetime

from pydantic import ValidationError

from ...machines import Arrival, BadBodyError
from ...machines.vendor import TASK_TYPE
from ..tolerant import load_object
from .translate import case_key, event_of
from .wire import TaskNews

SOURCE = SYSTEM = "logistics"


def parse(raw: bytes, *, now: datetime, fresh_id: Callable[[], str]) -> Arrival:
    """What a body tells.

    Args:
        raw: The body's bytes as they came.
        now: The aware present: Blink says of nothing when it happened.
        fresh_id: Makes an id that was never there.

    Raises:
        BadBodyError: It is not a JSON object, or has no data with a taskId.
    """
    try:
        news = TaskNews.model_validate(load_object(raw))
    except ValidationError:
        raise BadBodyError("the body has no data with a taskId that could be used") from None
    kind = None if news.data.type not in TASK_TYPE.theirs else TASK_TYPE.read(news.data.type)
    return Arrival(
        source=SOURCE,
        external_id=f"task/{news.data.task_id}/{fresh_id()}",
        system=SYSTEM,
        event=event_of(news, now),
        raw=raw,
        kind=kind,
        key=case_key(kind, news.data.mapping_key or news.data.mapping_code),
        remote_id=news.data.task_id,
    )
