"""What a client can do with its webhooks at the pretend Bloq.it (B:3534-3870).

May not send anything: `hooks` does. Non-obvious choice: an update by a body without any field is taken, because none is required
(B:3735-3743); it only renews `updatedAt`.
"""

from pydantic import BaseModel, ConfigDict, Field

from . import bloqit_asked as asked
from .bloqit_calls import asked_by_api
from .forms import read_form
from .hooks import Hook, name_of
from .queries import many, span
from .record import Thing
from .web import Answer, Call, page_of
from .words import Json, RefusedError
from .world import World


class HookForm(BaseModel):
    """Body of Create a Webhook (B:3540-3550). The URL is any text: the document's own sample is a path (B:3561)."""

    model_config = ConfigDict(frozen=True)

    url: str = Field(min_length=1)
    enabled_events: list[str] = Field(alias="enabledEvents")
    description: str = ""
    secret: str | None = None


class HookChanges(BaseModel):
    """Body of Update a Webhook (B:3735-3743)."""

    model_config = ConfigDict(frozen=True)

    url: str | None = Field(default=None, min_length=1)
    enabled_events: list[str] | None = Field(default=None, alias="enabledEvents")
    description: str | None = None
    secret: str | None = None


def create_hook(world: World, call: Call) -> Answer:
    """Create a Webhook (B:3534)."""
    form = read_form(HookForm, call.body)
    _check_url(world, form.url)
    ground = world.ground
    hook = Hook(
        ground.ids.hex("23d4bcebd23c54bb"), form.url, form.enabled_events, form.description, form.secret or "", ground.clock.now()
    )
    world.bloqit.hooks.registered[hook.id] = hook
    ground.record.add(Thing(hook.id), asked_by_api(call), at=hook.updated, before="-", after="registered")
    return Answer(hook.view(), 201)


def _check_url(world: World, url: str | None) -> None:
    if world.settings.webhook_urls == "absolute" and url is not None and not url.startswith(("http://", "https://")):
        raise RefusedError(400, "urlInvalid", message="url is either missing or has a wrong format", fields=("url",))


def update_hook(world: World, call: Call) -> Answer:
    """Update a Webhook (B:3722)."""
    hook = world.bloqit.hooks.get(call.path["hook"])
    form = read_form(HookChanges, call.body)
    _check_url(world, form.url)
    hook.url = form.url or hook.url
    hook.events = hook.events if form.enabled_events is None else form.enabled_events
    hook.description = hook.description if form.description is None else form.description
    hook.secret = hook.secret if form.secret is None else form.secret
    hook.updated = world.clock.now()
    world.record.add(Thing(hook.id), asked_by_api(call), at=hook.updated, before="registered", after="registered")
    return Answer(hook.view())


def delete_hook(world: World, call: Call) -> Answer:
    """Delete a Webhook (B:3772): answers what was deleted."""
    hook = world.bloqit.hooks.get(call.path["hook"])
    del world.bloqit.hooks.registered[hook.id]
    world.record.add(Thing(hook.id), asked_by_api(call), at=world.clock.now(), before="registered", after="-")
    return Answer(hook.view())


def list_hooks(world: World, call: Call) -> Answer:
    """List all Webhooks (B:3605); the dates (B:3632-3640) are those of the last change, the only ones that a webhook has."""
    kind, within = call.text(asked.EVENT_TYPE), span(call, since=asked.SINCE, until=asked.UNTIL)
    found = world.bloqit.hooks.registered.values()
    return page_of(
        call,
        [
            hook.view()
            for hook in found
            if (not kind or hook.listens(kind, prefixes=world.settings.event_prefixes)) and within(hook.updated)
        ],
    )


def get_hook(world: World, call: Call) -> Answer:
    """Retrieve a Webhook (B:3678)."""
    return Answer(world.bloqit.hooks.get(call.path["hook"]).view())


def event_history(world: World, call: Call) -> Answer:
    """Retrieve the Event History (B:3816); its sample has a limit of 15."""
    wanted, within = many(call, asked.EVENT_TYPES), span(call, since=asked.SINCE, until=asked.UNTIL)
    found: list[Json] = [
        event for at, event in world.bloqit.hooks.history if (not wanted or name_of(event) in wanted) and within(at)
    ]
    if world.settings.history_pages == "ignored":
        size = asked.EVENTS_LIMIT.default or len(found)
        return Answer({"totalDocs": len(found), "page": 1, "limit": size, "docs": found[:size]})
    return page_of(call, found, limit=asked.EVENTS_LIMIT)
