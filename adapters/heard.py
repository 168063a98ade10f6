"""What the receiver tells in the log `parcelflow.receiver`: webhooks that it did not take. Of the others the engine tells.

May not tell what a webhook holds, where it came from or what its path is (a secret is in it). Non-obvious choice: of the reason
there is only the error's type. Its words quote what could not be read, and whoever sent that is told them in the answer.
"""

import logging
from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

log = logging.getLogger("parcelflow.receiver")


class WebhookRefused(NamedTuple):
    """A webhook was answered with 4xx. `error` is the type of what was wrong with it."""

    door: str
    status: int
    error: str


class WebhookUnstored(NamedTuple):
    """A webhook was in order and could not be stored: it was answered with 503, or 500 for a defect, and should come again."""

    door: str
    status: int
    error: str


Heard: TypeAlias = WebhookRefused | WebhookUnstored
LEVELS: Mapping[type[Heard], int] = {WebhookRefused: logging.WARNING, WebhookUnstored: logging.ERROR}
EVENTS: Mapping[type[Heard], str] = {WebhookRefused: "webhook_refused", WebhookUnstored: "webhook_unstored"}


def tell(told: Heard) -> None:
    """Have the log say it."""
    fields = told._asdict()
    log.log(
        LEVELS[type(told)],
        "%s door=%s status=%d error=%s",
        EVENTS[type(told)],
        *told,
        extra={"event": EVENTS[type(told)], **fields},
    )
