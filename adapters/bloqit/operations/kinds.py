"""What each type of rent has of its own: stores, sends, deliveries and returns (B:2217-3119).

May not call anything. Non-obvious choice: `deliveries.create` has no path in the document (A2); the one here is what Bloq.it's
own test repository calls. Deliveries and returns are created with an externalID always: it is how a lost answer is found again.
"""

from ... import verbs
from ...declare import Group, W, operation
from ...operation import RouteConfidence
from ...values import Key, Utc
from ...verbs import DOOR, LOOK_UP_FIRST, inferred
from ..creations import older_rent
from ..sent import (
    Actions,
    Codes,
    Content,
    DropOffCode,
    Notices,
    OperationType,
    Ours,
    Person,
    PickUpCode,
    Size,
    Wait,
    a_locker_or_its_type,
    delivery_rules,
)
from ..wire import Rent
from .meanings import NO_SUCH_RENT, OF_DOOR, OF_RENT, PLAN

NOT_FREE = {409: "the locker is not free, or the state does not allow it (B:54)"}
BY_EXTERNAL_ID = "bloqit.rents.get_by_external_id"


class Stores(Group[W], prefix="bloqit.stores", base=Ours):
    """A customer stores something (B:2217-2324)."""

    @operation(
        verbs.post(
            "/stores",
            DOOR,
            "B:2221-2274",
            **inferred(("POST", "/stores/start"), ("PUT", "/stores/start")),
            query=("lockerID", "customerID"),
            refusals={**NOT_FREE, **OF_DOOR},
        )
    )
    def start(self, locker_id: Key, *, customer_id: Key | None = None, pick_up_codes: Codes | None = None) -> Rent:
        """Begin a store rent; the locker opens."""
        ...

    @operation(
        verbs.put(
            "/stores/{rentID}/end",
            DOOR,
            "B:2276-2324",
            **inferred(("PUT", "/stores/{rentID}/finish")),
            refusals={**OF_RENT, **OF_DOOR},
        )
    )
    def end(self, rent_id: Key, *, open_locker: bool = False) -> Rent:
        """End a store rent, and open its locker if it has to be (B:2289)."""
        ...


class Sends(Group[W], prefix="bloqit.sends", base=Ours):
    """A customer sends something to another (B:2326-2389). Nothing ends a send but a collection (A29)."""

    @operation(
        verbs.post(
            "/sends",
            DOOR,
            "B:2330-2389",
            **inferred(("POST", "/sends/start")),
            query=("lockerID", "customerID"),
            refusals={**NOT_FREE, **OF_DOOR},
        )
    )
    def start(
        self, locker_id: Key, *, phone_number: Key, customer_id: Key | None = None, pick_up_codes: Codes | None = None
    ) -> Rent:
        """Begin a send rent for whoever has the phone number; the locker opens."""
        ...


class Deliveries(Group[W], prefix="bloqit.deliveries", base=Ours):
    """A courier delivers something to a customer (B:2391-2881)."""

    @operation(
        verbs.post(
            "/deliveries/reserveLocker",
            LOOK_UP_FIRST,
            "B:2397-2547",
            "bloqit/qa-dcs-e2e-testing",
            confidence=RouteConfidence.CONFIRMED,
            alternates=(("POST", "/deliveries"),),
            query=("lockerID", "bloqID", "customerID"),
            rule=delivery_rules,
            found_by=BY_EXTERNAL_ID,
            unlike=older_rent,
            refusals=NOT_FREE,
        )
    )
    def create(
        self,
        external_id: Key,
        *,
        locker_id: Key | None = None,
        bloq_id: Key | None = None,
        customer_id: Key | None = None,
        expiry_date: Utc | None = None,
        delivery_date_limit: Utc | None = None,
        collect_time_limit: Wait | None = None,
        notification_options: Notices | None = None,
        customer: Person | None = None,
        pick_up_code: PickUpCode | None = None,
        drop_off_code: DropOffCode | None = None,
        desired_locker_type: Size | None = None,
        label_content: Content | None = None,
        label_template_id: str | None = None,
        pick_up_codes: Codes | None = None,
        operation_type: OperationType | None = None,
        carrier: str | None = None,
        pre_pick_up_actions: Actions | None = None,
    ) -> Rent:
        """Create a delivery, with a locker reserved if one is given; `collect_time_limit` is in hours."""
        ...

    @operation(verbs.put("/deliveries/{rentID}/make", DOOR, "B:2549-2605", query=("lockerID",), refusals={**OF_RENT, **OF_DOOR}))
    def make(self, rent_id: Key, *, locker_id: Key | None = None) -> Rent:
        """Begin the drop-off; the locker opens. `locker_id` replaces the reserved one, or is it if none was (B:2566)."""
        ...

    @operation(
        verbs.put(
            "/deliveries/{rentID}/notify",
            LOOK_UP_FIRST,
            "B:2607-2656",
            refusals={404: NO_SUCH_RENT, 409: "only a rent in_progress can be notified of (B:2609)"},
            accepted_is_unknown=False,
        )
    )
    def notify(self, rent_id: Key) -> Rent:
        """Notify the customer that the item is there. Nothing tells whether a lost notice was sent, so it is never sent again."""
        ...

    @operation(verbs.put("/deliveries/{rentID}/ready-for-pickup", LOOK_UP_FIRST, "B:2658-2707", refusals=OF_RENT, plan=PLAN))
    def ready_for_pickup(self, rent_id: Key) -> Rent:
        """Tell that the item can be fetched from its sender (B:2660)."""
        ...

    @operation(verbs.put("/deliveries/{rentID}/in-transit", LOOK_UP_FIRST, "B:2709-2758", refusals=OF_RENT, plan=PLAN))
    def in_transit(self, rent_id: Key) -> Rent:
        """Tell that the item is on its way (B:2711)."""
        ...

    @operation(
        verbs.put(
            "/deliveries/{rentID}/select-locker",
            LOOK_UP_FIRST,
            "B:2760-2830",
            query=("bloqID", "lockerID", "lockerType"),
            rule=a_locker_or_its_type,
            refusals={404: NO_SUCH_RENT, **NOT_FREE},
        )
    )
    def select_locker(
        self, rent_id: Key, *, bloq_id: Key | None = None, locker_id: Key | None = None, locker_type: Size | None = None
    ) -> Rent:
        """Select a locker for a delivery; a `locker_id` wins over a type (B:2782), and a rent without a bloq needs one."""
        ...

    @operation(
        verbs.put(
            "/deliveries/{rentID}/return",
            LOOK_UP_FIRST,
            "B:2832-2881",
            **inferred(),
            refusals={404: NO_SUCH_RENT, 409: "only an expired delivery can be returned (B:2834)"},
        )
    )
    def return_(self, rent_id: Key, *, expiry_date: Utc | None = None) -> Rent:
        """Turn an expired delivery into a return with a new expiry date."""
        ...


class Returns(Group[W], prefix="bloqit.returns", base=Ours):
    """A customer returns something (B:2883-3119)."""

    @operation(
        verbs.post(
            "/returns",
            LOOK_UP_FIRST,
            "B:2887-2994",
            **inferred(("POST", "/returns/reserveLocker")),
            query=("lockerID", "bloqID", "customerID", "lockerType", "rentID"),
            found_by=BY_EXTERNAL_ID,
            unlike=older_rent,
            refusals=NOT_FREE,
        )
    )
    def create(
        self,
        external_id: Key,
        *,
        locker_id: Key | None = None,
        bloq_id: Key | None = None,
        customer_id: Key | None = None,
        locker_type: Size | None = None,
        rent_id: Key | None = None,
        expiry_date: Utc | None = None,
        delivery_date_limit: Utc | None = None,
        collect_time_limit: Utc | None = None,
        notification_options: Notices | None = None,
        customer: Person | None = None,
        pick_up_codes: Codes | None = None,
    ) -> Rent:
        """Create a return in one of four ways (B:2889); `rent_id` is the rent that is returned.

        Other than a delivery's, `collect_time_limit` is an instant (A9, B:2930).
        """
        ...

    @operation(
        verbs.put(
            "/returns/{rentID}/reserve",
            LOOK_UP_FIRST,
            "B:2996-3066",
            **inferred(("PUT", "/returns/{rentID}/reserve-locker"), ("PUT", "/returns/{rentID}/reserveLocker")),
            query=("bloqID", "lockerID", "lockerType", "customerID"),
            rule=a_locker_or_its_type,
            refusals={404: NO_SUCH_RENT, **NOT_FREE},
        )
    )
    def reserve_locker(
        self,
        rent_id: Key,
        bloq_id: Key,
        *,
        locker_id: Key | None = None,
        locker_type: Size | None = None,
        customer_id: Key | None = None,
        customer: Person | None = None,
    ) -> Rent:
        """Reserve a locker for a return that was created without one (B:2998)."""
        ...

    @operation(verbs.put("/returns/{rentID}/finish", LOOK_UP_FIRST, "B:3068-3119", refusals=OF_RENT, plan=PLAN))
    def finish(self, rent_id: Key) -> Rent:
        """End a return and free its locker. The echoed state is not to be believed (A26)."""
        ...
