"""Control routes for webhooks: deliver, look at what was delivered, mischief, and a captured log once more.

May not know what a webhook tells. Non-obvious choice: a replayed delivery goes through the same mischief as a new one, so that a
log can be replayed twice, late and in reverse.
"""

from typing import Annotated

from pydantic import Field

from .mail import Delivery
from .strict import StrictForm, read_strict
from .web import Answer, Call, Operation
from .words import JsonObject
from .world import World

LONGEST_DELAY = 366 * 24 * 3600.0
"""Virtual seconds."""

Count = Annotated[int, Field(ge=0, le=1_000_000)]


class LabForm(StrictForm):
    """Mischief for the next webhooks, each a number of them; `delay` is in virtual seconds and `delayed` how many it hits."""

    drop: Count = 0
    duplicate: Count = 0
    reorder: Count = 0
    delay: Annotated[float, Field(ge=0, le=LONGEST_DELAY)] = 0.0
    delayed: Count = 1_000_000


class Raw(StrictForm):
    """A delivery as `GET /sim/webhooks/captured` shows it."""

    event: str = "replayed"
    url: Annotated[str, Field(min_length=1)]
    body: str
    headers: dict[str, str] = Field(default_factory=dict)
    cut_off: Annotated[float, Field(gt=0, le=60)] = Field(default=10.0, alias="cutOff")


class ReplayForm(StrictForm):
    """A captured log; `url` replaces the address of each delivery."""

    deliveries: Annotated[list[Raw], Field(min_length=1)]
    url: str = ""


def _settle(world: World, _call: Call) -> Answer:
    return Answer(world.mail.settle())


def _log(world: World, _call: Call) -> Answer:
    return Answer([attempt.view() for attempt in world.mail.log])


def _captured(world: World, _call: Call) -> Answer:
    return Answer([delivery.view() for delivery in world.mail.captured])


def _replay(world: World, call: Call) -> Answer:
    form = read_strict(ReplayForm, call.body)
    for raw in form.deliveries:
        world.mail.post(Delivery(raw.event, form.url or raw.url, raw.body.encode(), raw.headers, raw.cut_off))
    return Answer({"replayed": len(form.deliveries)})


def _lab(world: World, call: Call) -> Answer:
    form = read_strict(LabForm, call.body)
    lab = world.mail.lab
    lab.drop, lab.duplicate, lab.reorder = form.drop, form.duplicate, form.reorder
    lab.delay, lab.delayed = form.delay, form.delayed if form.delay else 0
    planned: JsonObject = form.model_dump() | {"delayed": lab.delayed}
    return Answer(planned)


WEBHOOKS = (
    Operation("sim.webhooks.settle", "POST", ("/webhooks/settle",), _settle, waits=True),
    Operation("sim.webhooks.log", "GET", ("/webhooks/log",), _log),
    Operation("sim.webhooks.captured", "GET", ("/webhooks/captured",), _captured),
    Operation("sim.webhooks.replay", "POST", ("/webhooks/replay",), _replay),
    Operation("sim.webhooks.lab", "POST", ("/webhooks/lab",), _lab),
)
"""All of them."""
