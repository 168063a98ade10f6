"""Webhooks and the history of events (B:3439-3870).

May not call anything. Non-obvious choice: prefixes such as `rent.` are written out as the events that begin with them, because
nothing says that a created webhook takes a prefix (A38).
"""

from ... import verbs
from ...declare import Group, W, listing, operation
from ...operation import Secret
from ...page import Page
from ...values import Key, PageNumber, Utc
from ...verbs import LOOK_UP_FIRST, REPEATABLE, inferred
from ..sent import Events, Ours, Url, changes, in_order
from ..wire import Webhook, WebhookEvent

OF_WEBHOOK = {404: "no webhook has this id"}


class Webhooks(Group[W], prefix="bloqit.webhooks", base=Ours):
    """Webhooks."""

    @operation(verbs.post("/webhooks", LOOK_UP_FIRST, "B:3534-3579", **inferred()))
    def create(
        self, url: Url, enabled_events: Events, *, description: str | None = None, secret: Secret | None = None
    ) -> Webhook:
        """Have events posted to `url`, signed if there is a secret (B:3515). `rent.` and `*` mean all that begin so."""
        ...

    @listing(verbs.get("/webhooks", "B:3605-3676", rule=in_order("start_date", "end_date")))
    def list(
        self,
        *,
        event_type: str | None = None,
        start_date: Utc | None = None,
        end_date: Utc | None = None,
        page: PageNumber = 1,
        limit: PageNumber = 10,
    ) -> Page[Webhook]:
        """The webhooks of the account."""
        ...

    @listing(
        verbs.get("/webhooks/history", "B:3816-3870", rule=in_order("start_date", "end_date"), windows=("startDate", "endDate"))
    )
    def history(
        self,
        *,
        event_types: Events | None = None,
        start_date: Utc | None = None,
        end_date: Utc | None = None,
        page: PageNumber = 1,
        limit: PageNumber = 15,
    ) -> Page[WebhookEvent]:
        """Every event there was. Pages are documented of the answer and not of the question; they are asked for (A40).

        A remote that ignores the page is asked by shorter and shorter windows of time instead.
        """
        ...

    @operation(verbs.get("/webhooks/{webhookID}", "B:3678-3720", refusals=OF_WEBHOOK))
    def get(self, webhook_id: Key) -> Webhook:
        """One webhook."""
        ...

    @operation(
        verbs.put(
            "/webhooks/{webhookID}", REPEATABLE, "B:3722-3770", **inferred(), rule=changes("webhook_id"), refusals=OF_WEBHOOK
        )
    )
    def update(
        self,
        webhook_id: Key,
        *,
        url: Url | None = None,
        enabled_events: Events | None = None,
        description: str | None = None,
        secret: Secret | None = None,
    ) -> Webhook:
        """Change the fields that are given."""
        ...

    @operation(verbs.delete("/webhooks/{webhookID}", "B:3772-3814", refusals=OF_WEBHOOK))
    def delete(self, webhook_id: Key) -> Webhook:
        """Delete a webhook; answers which it was."""
        ...
