"""The document's words: rent types, sizes, states, events, who did something, and what a request is refused with.

May not hold anything that changes. Non-obvious choice: a refusal is an exception, so that a request that is refused half way has
done nothing: every check of a request stands before its first change.
"""

SIZES = ("XS", "S", "M", "L", "XL")
TYPES = ("store", "send", "delivery", "return")
"""B:1338 leaves out returns; a list that cannot be asked for one of four types is a misprint, so it can be here."""

STATES = (
    "created", "starting", "in_progress", "locker_opened", "collect_item", "price_calculation", "payment_attempt", "expired",
    "finished", "reserved", "cancelled", "in_transit", "ready_for_pickup",
)  # fmt: skip
"""B:1343."""

PRE_DROP_OFF = ("created", "reserved", "ready_for_pickup", "in_transit")
"""Nothing is inside yet; B:2660 and 2711 come before the drop-off, for B:2011 does not know them."""

COLLECTABLE = ("in_progress", "expired", "cancelled")
"""B:2011."""

CANCELLABLE = (*PRE_DROP_OFF, "starting", "in_progress", "locker_opened")
"""B:1958 excludes nothing; what is being collected, is over or is cancelled already cannot sensibly be called off."""

EXTENDABLE = (*PRE_DROP_OFF, "starting", "in_progress", "locker_opened")
"""Not once it is expired or cancelled: B:2393 and 2395 give such a rent two ways, and this is neither."""

COLLECTED = ("collect_item", "price_calculation", "payment_attempt", "finished")

PARTNER = "6169a0a732452574e5e247ea"
"""The one partner whose key this server knows (B:3159)."""

API = {"role": "partner_admin", "id": PARTNER, "source": "public_api"}
LOCKER = {"source": "locker"}
EXPIRATION = {"source": "expiration"}
"""Who did something (B:3489-3497)."""

EVENTS = {
    "locker.locker_opened": "Locker was opened",
    "locker.locker_closed": "Locker was closed",
    "locker.locker_timeout": "Request to the locker timed out",
    "locker.open_warning": "Locker was left open for too long",
    "locker.locker_active": "Locker was activated",
    "locker.locker_inactive": "Locker was inactivated",
    "locker.created": "Locker was created",
    "locker.open_locker_error": "Locker had a problem opening or closing the door",
    "locker.spontaneous_locker_opening": "Locker was opened spontaneously",
    "locker.maintenance_status_update": "Locker maintenance status changed",
    "rent.created": "Rent was created",
    "rent.started": "Rent started",
    "rent.in_progress": "Rent is in progress",
    "rent.locker_opened": "Rent locker was opened",
    "rent.collect_item": "Item is being collected",
    "rent.price_calculation": "Price is being calculated",
    "rent.finished": "Rent finished",
    "rent.reserved": "Locker was reserved",
    "rent.cancelled": "Rent was cancelled",
    "rent.expired": "Rent expired",
    "rent.extended": "Rent was extended",
    "rent.in_transit": "Rent is in transit",
    "rent.ready_for_pickup": "Rent is ready for pickup",
    "rent.automatic_notification_sent": "Notification was sent to the customer",
    "rent.drop_off_confirmation": "Drop off was confirmed",
    "rent.drop_off_cancellation": "Drop off was cancelled",
    "rent.drop_off_code_check": "Drop off process started",
    "rent.drop_off_code_check_offline": "Drop off process tried on an offline bloq",
    "rent.pin_attempt": "Wrong pin was used",
    "rent.offline_dropoff": "Drop off done while offline",
    "rent.waiting_offline_dropoff_sync": "Offline drop off waits for its synchronisation",
    "bloq.label_printed": "Label was printed",
    "bloq.print_label_error": "Label could not be printed",
    "bloq.reconnected": "Bloq is online again",
    "bloq.created": "Bloq was created",
    "bloq.active": "Bloq was enabled",
    "bloq.inactive": "Bloq was disabled",
    "bloq.courier_authentication": "Courier log in attempt",
    "bloq.courier_logout": "Courier logged out",
    "customer.customer_created": "Customer was created",
    "customer.customer_updated": "Customer was updated",
    "customer.customer_deleted": "Customer was deleted",
}
"""Every event that can be subscribed to (B:3444-3485), with its title."""


class RefusedError(Exception):
    """A request is refused.

    Attributes:
        status: HTTP status.
        code: A word for programs (B:1297).
        message: A sentence for people.
    """

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


def invalid(name: str, why: str = "") -> RefusedError:
    """A parameter is missing or wrong (B:50), in the words of B:1297."""
    return RefusedError(400, f"{name}Invalid", f"Invalid {name}. {why or f'{name} is either missing or has a wrong format.'}")


def missing(what: str) -> RefusedError:
    """Nothing has that id (B:53)."""
    return RefusedError(404, f"{what}NotFound", f"The requested {what} doesn't exist.")


def conflict(code: str, message: str) -> RefusedError:
    """The state does not allow it (B:54)."""
    return RefusedError(409, code, message)
