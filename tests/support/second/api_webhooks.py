"""Webhooks and the history of all events (B:3439-3870), and customers as far as rents need them (B:3127).

May not post anything (`posting`). Non-obvious choice: what is in no table of events cannot be subscribed to, nor can a prefix:
B:3441 speaks of subscribing to all event types that begin with one, not of a word for them.
"""

from typing import Any

from .call import Call, is_list
from .posting import deliver
from .things import Event, Hook
from .views import Json, customer_view, event_view, hook_view
from .words import EVENTS


def create_hook(call: Call) -> Json:
    """Create one; any set of events will do, an empty one too (B:3441)."""
    url = call.text("url", required=True)
    events: Any = call.value("enabledEvents", _are_events, required=True)
    description: Any = call.value("description", lambda value: isinstance(value, str))
    secret: Any = call.value("secret", lambda value: isinstance(value, str))
    hook = Hook(call.world.new_id(), str(url), list(dict.fromkeys(events)), description, secret, call.world.now())
    call.world.hooks[hook.id] = hook
    deliver(call.world, hook)
    return hook_view(hook)


def _are_events(value: object) -> bool:
    return is_list(value) and all(isinstance(name, str) and name in EVENTS for name in value)


def delete_hook(call: Call) -> Json:
    """Delete one: nothing is posted from here on."""
    hook = call.world.find(call.world.hooks, call.path["webhookID"], "webhook")
    del call.world.hooks[hook.id]
    hook.gone.set()
    hook.letters.put(None)
    return hook_view(hook)


def event_history(call: Call) -> Json:
    """All events, newest first (B:3818); it has pages, for its answer shows them."""
    names, since, until = call.queries("eventTypes", EVENTS), call.date("startDate"), call.date("endDate")

    def fits(event: Event) -> bool:
        asked = not names or event.name in names
        return asked and (since is None or event.at >= since) and (until is None or event.at <= until)

    return call.page([event for event in reversed(call.world.events) if fits(event)], event_view)


def create_customer(call: Call) -> Json:
    """Create a customer; nothing about one is required, and nothing unique."""
    return customer_view(call.customer(call.person()))
