"""Rents of all four types, and the pretend hardware that moves them in tests (B:1301-2215).

May not call anything. Non-obvious choice: `rentID` of the history goes into the path *and* the query, because the document's
table says the one and its sample does both (A4).
"""

from ... import verbs
from ...declare import Group, W, listing, operation
from ...page import Page
from ...values import Key, PageNumber, Utc
from ...verbs import DOOR, LOOK_UP_FIRST, REPEATABLE, inferred
from ..sent import (
    Actions,
    ActiveState,
    ActiveStates,
    BareUtc,
    Codes,
    CollectLimit,
    Content,
    DropOffCode,
    OperationType,
    Ours,
    RentType,
    Size,
    States,
    changes,
    in_order,
    whole_label,
)
from ..wire import Rent, UpdatedRent, WebhookEvent
from .meanings import NO_SUCH_RENT, OF_DOOR, OF_RENT

RETURNS_FORGOTTEN = ("rentType", "return", "type")
"""The filters of rents lack `return` (A5, B:1338, 1443), which those of bloqs have (B:100)."""


class Rents(Group[W], prefix="bloqit.rents", base=Ours):
    """Rents (B:1301-2109)."""

    @listing(verbs.get("/rents", "B:1305-1408", refilter=RETURNS_FORGOTTEN, rule=in_order("start_date", "end_date")))
    def list(
        self,
        *,
        customer_id: Key | None = None,
        bloq_id: Key | None = None,
        rent_type: RentType | None = None,
        rent_states: States | None = None,
        customer_query: str | None = None,
        start_date: Utc | None = None,
        end_date: Utc | None = None,
        external_id: Key | None = None,
        page: PageNumber = 1,
        limit: PageNumber = 10,
    ) -> Page[Rent]:
        """The rents of the account; `customer_query` is an e-mail address or a phone number."""
        ...

    @listing(verbs.get("/rents/active", "B:1410-1507", refilter=RETURNS_FORGOTTEN))
    def list_active(
        self,
        *,
        customer_id: Key | None = None,
        bloq_id: Key | None = None,
        rent_type: RentType | None = None,
        rent_states: ActiveStates | None = None,
        customer_query: str | None = None,
        start_date: Utc | None = None,
        external_id: Key | None = None,
        page: PageNumber = 1,
        limit: PageNumber = 10,
    ) -> Page[Rent]:
        """The rents that have not finished; cancelled and expired ones are among them (B:1412)."""
        ...

    @listing(verbs.get("/rents/reached-state", "B:1509-1584", rule=in_order("from_", "until")))
    def list_reached(
        self, state: ActiveState, from_: BareUtc, until: BareUtc, *, page: PageNumber = 1, limit: PageNumber = 10
    ) -> Page[Rent]:
        """The rents that entered `state` between two instants."""
        ...

    @operation(verbs.get("/rents/external/{externalID}", "B:1586-1637", refusals={404: "no rent has this external id"}))
    def get_by_external_id(self, external_id: Key) -> Rent:
        """One rent."""
        ...

    @operation(verbs.get("/rents/{rentID}/history", "B:1639-1684", query=("rentID",), refusals=OF_RENT))
    def history(self, rent_id: Key) -> Page[WebhookEvent]:
        """Everything that happened to a rent, all on one page."""
        ...

    @operation(verbs.get("/rents/{rentID}", "B:1686-1737", refusals=OF_RENT))
    def get(self, rent_id: Key) -> Rent:
        """One rent."""
        ...

    @operation(
        verbs.put(
            "/rents/{rentID}",
            REPEATABLE,
            "B:1739-1852",
            **inferred(),
            rule=changes("rent_id", whole_label),
            read_back="bloqit.rents.get",
            refusals={404: NO_SUCH_RENT, 409: "too late for one of these fields (B:1745)"},
        )
    )
    def update(
        self,
        rent_id: Key,
        *,
        expiry_date: Utc | None = None,
        delivery_date_limit: Utc | None = None,
        collect_time_limit: CollectLimit | None = None,
        external_id: Key | None = None,
        drop_off_code: DropOffCode | None = None,
        desired_locker_type: Size | None = None,
        label_content: Content | None = None,
        label_template_id: str | None = None,
        pick_up_codes: Codes | None = None,
        operation_type: OperationType | None = None,
        pre_pick_up_actions: Actions | None = None,
        carrier: str | None = None,
    ) -> UpdatedRent:
        """Change the fields that are given: those of the drop-off while created or reserved, the others until it is collected."""
        ...

    @operation(
        verbs.put(
            "/rents/{rentID}/extend",
            REPEATABLE,
            "B:1854-1903",
            **inferred(("PUT", "/rents/{rentID}/extend-expiry-date"), ("PUT", "/rents/{rentID}/expiry-date")),
            refusals=OF_RENT,
        )
    )
    def extend(self, rent_id: Key, expiry_date: Utc) -> Rent:
        """Move the instant at which a rent expires."""
        ...

    @operation(verbs.put("/rents/{rentID}/lockers/open", DOOR, "B:1905-1954", refusals={**OF_RENT, **OF_DOOR}))
    def open_locker(self, rent_id: Key) -> Rent:
        """Open the rent's locker while the item stays (B:1907)."""
        ...

    @operation(verbs.put("/rents/{rentID}/cancel", LOOK_UP_FIRST, "B:1956-2007", refusals=OF_RENT))
    def cancel(self, rent_id: Key) -> Rent:
        """Cancel a rent. It keeps its locker until it is collected or finished (B:1960)."""
        ...

    @operation(
        verbs.put(
            "/rents/{rentID}/collect",
            DOOR,
            "B:2009-2058",
            refusals={404: NO_SUCH_RENT, 409: "only from in_progress, expired or cancelled (B:2011)", **OF_DOOR},
        )
    )
    def collect(self, rent_id: Key) -> Rent:
        """Open the rent's locker for the last time, to take the item out."""
        ...

    @operation(
        verbs.put(
            "/rents/{rentID}/finish",
            LOOK_UP_FIRST,
            "B:2060-2109",
            refusals={404: NO_SUCH_RENT, 409: "only from expired or cancelled (B:2062)"},
        )
    )
    def finish(self, rent_id: Key) -> Rent:
        """Finish an expired or cancelled rent without opening its locker, which is free afterwards."""
        ...


class RentSims(Group[W], prefix="bloqit.rent_sims", base=Ours):
    """Pretend hardware (B:2111-2215). Leave some time between two of these (B:2113)."""

    @operation(verbs.put("/rent-sims/{rentID}/lockers/keypad", DOOR, "B:2115-2164", refusals={**OF_RENT, **OF_DOOR}))
    def keypad(self, rent_id: Key) -> Rent:
        """Pretend that the right pick-up code was typed (B:2117)."""
        ...

    @operation(verbs.put("/rent-sims/{rentID}/lockers/close", LOOK_UP_FIRST, "B:2166-2215", refusals=OF_RENT))
    def close(self, rent_id: Key) -> Rent:
        """Pretend that the door was closed (B:2168)."""
        ...
