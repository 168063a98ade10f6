"""The pretend Blink: its login, its branches, and its orders with their five statuses; its menu and customers.

May not know HTTP. Non-obvious choice: Blink does not tell us by webhook what we told it ourselves, unless a setting says so: no
document says whether it does, and an echo would hide a client that never looks at its own answer.
"""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hmac import compare_digest

from .blink_customers import Diners
from .ground import Ground
from .mail import Delivery
from .menu import Menu
from .moves import ORDER, target_of
from .record import Thing
from .words import Cause, JsonObject, RefusedError

CUT_OFF = 5.0
"""Real seconds that a partner has for its answer (K:71, 117); nothing is sent a second time."""

STATUS_TEXT = {0: "Pending", 1: "Accepted", 2: "Dispatched", 3: "Delivered", 4: "Rejected"}
"""K:142-156."""

BRANCHES: tuple[JsonObject, ...] = (
    {
        "id": 63,
        "blink_id": 60001,
        "branch": "Clifton-Block 4",
        "branch_address": "209 Bolvard center, caspian road beside Hollywood Cafe",
        "is_live": 1,
        "is_active": 1,
    },
    {
        "id": 64,
        "blink_id": 60002,
        "branch": "SMCHS-12",
        "branch_address": "Plot#212 Rae Avenue road",
        "is_live": 1,
        "is_active": 1,
    },
)
"""The two branches of the document's sample (K:131)."""


@dataclass(slots=True)
class Order:
    """An order. `repeated` counts requests for the status that it had already."""

    id: str
    payload: JsonObject
    status: int = 0
    comment: str = ""
    repeated: int = 0

    def view(self) -> JsonObject:
        """As `GET /sim/state` shows it; Blink itself has no endpoint that does."""
        return {"blink_order_id": self.id, "status": self.status, "comment": self.comment, "repeated": self.repeated}


@dataclass(slots=True)
class Blink:
    """Everything that the pretend Blink knows. The URLs are given to Blink out of band (K:70, 116)."""

    ground: Ground
    menu: Menu
    diners: Diners = field(default_factory=Diners)
    branches: list[JsonObject] = field(default_factory=lambda: list(BRANCHES))
    orders: dict[str, Order] = field(default_factory=dict)
    tokens: dict[str, datetime] = field(default_factory=dict)
    order_url: str = ""
    status_url: str = ""

    def login(self, username: str, password: str) -> str:
        """Exchange username and password for an access token (K:7-14).

        Raises:
            RefusedError: 401.
        """
        settings = self.ground.settings
        known = compare_digest(username.encode(), settings.blink_username.encode())
        if not (compare_digest(password.encode(), settings.blink_password.encode()) and known):
            raise RefusedError(401, "unauthorized", message="Invalid username or password.")
        token = f"pretend-blink-token-{self.ground.ids.count('blink token') + 1}"
        self.tokens[token] = self.ground.clock.now()
        return token

    def admit(self, token: str) -> None:
        """Let a bearer in.

        Raises:
            RefusedError: 401 for an unknown token, or one older than `Settings.blink_token_seconds`.
        """
        issued = self.tokens.get(token)
        lifetime = timedelta(seconds=self.ground.settings.blink_token_seconds)
        if issued is None or self.ground.clock.now() - issued >= lifetime:
            raise RefusedError(401, "unauthorized", message="Unauthenticated.")

    def order(self, order_id: str) -> Order:
        """An order by id.

        Raises:
            RefusedError: 404 when there is none.
        """
        if order_id not in self.orders:
            raise RefusedError(404, "orderNotFound", message=f"There is no order {order_id}.")
        return self.orders[order_id]

    def place(self, payload: JsonObject, *, cause: Cause) -> Order:
        """A customer orders: Blink remembers it as pending (K:144) and posts it to our URL, once (K:71).

        Raises:
            RefusedError: 400 without a blink_order_id, 409 for one that exists.
        """
        order_id = payload.get("blink_order_id")
        if not isinstance(order_id, str) or not order_id:
            message = f"blink_order_id must be a text that is not empty; got {order_id!r}"
            raise RefusedError(400, "blink_order_idInvalid", message=message, fields=("blink_order_id",))
        if order_id in self.orders:
            raise RefusedError(409, "orderExists", message=f"Order {order_id} exists.")
        order = self.orders[order_id] = Order(order_id, payload)
        self._record(order, "-", cause=cause)
        self._post("order", self.order_url, payload=payload)
        return order

    def sync(self, order: Order, status: int, *, comment: str, cause: Cause) -> None:
        """The partner sets the status (K:139-164). The same status again changes nothing and is only counted.

        Raises:
            RefusedError: 409 for a move backwards or out of an end.
        """
        if order.status == status:
            order.repeated += 1
            return
        before = str(order.status)
        order.status, order.comment = int(target_of(ORDER, str(status), state=before)), comment
        self._record(order, before, cause=cause)
        if self.ground.settings.status_echo:
            self._tell(order)

    def move(self, order: Order, status: int, *, comment: str, cause: Cause) -> None:
        """Somebody moves the order in the Blink application, and Blink tells us (K:114-126).

        Raises:
            RefusedError: 409 for the same status, a move backwards or out of an end.
        """
        before = str(order.status)
        order.status, order.comment = int(target_of(ORDER, str(status), state=before)), comment
        self._record(order, before, cause=cause)
        self._tell(order)

    def _tell(self, order: Order) -> None:
        told: JsonObject = {
            "blink_order_id": order.id,
            "branch_id": order.payload.get("branch_id", ""),
            "status": order.status,
            "statusText": STATUS_TEXT[order.status],
            "comment": order.comment,
        }
        self._post("order_status", self.status_url, payload=told)

    def _record(self, order: Order, before: str, *, cause: Cause) -> None:
        at = self.ground.clock.now()
        self.ground.record.add(Thing(order.id), cause, at=at, before=before, after=str(order.status))

    def _post(self, event: str, url: str, *, payload: JsonObject) -> None:
        if url:
            headers = {"content-type": "application/json"}
            self.ground.mail.post(Delivery(f"blink.{event}", url, json.dumps(payload).encode(), headers, CUT_OFF))
