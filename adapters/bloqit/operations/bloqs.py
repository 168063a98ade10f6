"""Bloqs, their lockers and their printers (B:60-706, 1117-1299).

May not call anything. Non-obvious choice: opening a free locker is a door like any other: it is never tried again before the
locker's own state proves that it stayed closed.
"""

from typing import Annotated

from pydantic import Field

from ... import verbs
from ...declare import Group, W, listing, operation
from ...page import Page
from ...tolerant import Tolerant
from ...values import Key, PageNumber
from ...verbs import DOOR, LOOK_UP_FIRST, REPEATABLE, inferred
from ..sent import (
    Availability,
    Content,
    Hours,
    Keys,
    KnownSize,
    Latitude,
    Longitude,
    Ours,
    RentType,
    both_or_neither,
    changes,
    printed,
)
from ..wire import Bloq, LabelsLeft, Locker, Notified, Opened
from .meanings import OF_DOOR

OF_LOCKER = {404: "no such bloq or locker", **OF_DOOR}


class Bloqs(Group[W], prefix="bloqit.bloqs", base=Ours):
    """Bloqs (B:60-452)."""

    @listing(verbs.get("/bloqs", "B:64-139"))
    def list(
        self,
        *,
        active: Availability = "all",
        locker_type: KnownSize | None = None,
        rent_type: RentType | None = None,
        page: PageNumber = 1,
        limit: PageNumber = 10,
    ) -> Page[Bloq]:
        """The bloqs of the account, by activity, by a type of locker that they have, and by a type of rent that they allow."""
        ...

    @operation(verbs.get("/bloqs/{bloqID}", "B:141-197", refusals={404: "no bloq has this id"}))
    def get(self, bloq_id: Key) -> Bloq:
        """One bloq."""
        ...

    @operation(verbs.get("/bloqs/{bloqID}/free-lockers", "B:199-237", refusals={404: "no bloq has this id"}))
    def free_lockers(self, bloq_id: Key) -> Page[Locker]:
        """The bloq's lockers that are active and without a rent, all on one page."""
        ...

    @listing(verbs.get("/bloqs/geoSearch", "B:239-336"))
    def search(
        self,
        latitude: Latitude,
        longitude: Longitude,
        max_distance: Annotated[int, Field(ge=1, lt=2**31)],
        *,
        active: Availability = "all",
        locker_type: KnownSize | None = None,
        rent_type: RentType | None = None,
        page: PageNumber = 1,
        limit: PageNumber = 10,
    ) -> Page[Bloq]:
        """The bloqs within `max_distance` metres of a point in degrees; the document's example has them swapped (A42)."""
        ...

    @operation(
        verbs.put(
            "/bloqs/{bloqID}",
            REPEATABLE,
            "B:338-452",
            **inferred(("PUT", "/bloqs/{bloqID}/")),
            rule=changes("bloq_id"),
            refusals={404: "no bloq has this id"},
        )
    )
    def update(
        self,
        bloq_id: Key,
        *,
        active: bool | None = None,
        title: str | None = None,
        city: str | None = None,
        code: str | None = None,
        address: str | None = None,
        postal_code: str | None = None,
        location: Content | None = None,
        max_rent_time_hour: Hours | None = None,
        max_rent_delivery_time_hour: Hours | None = None,
        max_rent_collect_time_hour: Hours | None = None,
        metadata: Content | None = None,
    ) -> Bloq:
        """Change the fields of a bloq that are given; limits are in hours."""
        ...


class Lockers(Group[W], prefix="bloqit.lockers", base=Ours):
    """Lockers (B:454-706)."""

    @operation(
        verbs.put(
            "/bloqs/{bloqID}/lockers/{lockerID}/open",
            DOOR,
            "B:454-506",
            refusals={**OF_LOCKER, 409: "a rent has the locker (B:456)"},
        )
    )
    def open(self, bloq_id: Key, locker_id: Key) -> Locker:
        """Open a locker that no rent has."""
        ...

    @operation(
        verbs.put(
            "/bloqs/{bloqID}/lockers/open",
            DOOR,
            "B:508-545",
            **inferred(),
            refusals={**OF_LOCKER, 409: "a rent has one of the lockers, or it is open already (B:510)"},
        )
    )
    def open_bulk(self, bloq_id: Key, lockers: Keys) -> Opened:
        """Open several lockers of one bloq, none of which a rent has. Which of them opened is told by `Opened.among`."""
        ...

    @operation(verbs.put("/bloqs/{bloqID}/lockers/{lockerID}/close", LOOK_UP_FIRST, "B:547-599", refusals=OF_LOCKER))
    def close(self, bloq_id: Key, locker_id: Key) -> Locker:
        """Pretend that a locker's door was closed; for testing (B:549)."""
        ...

    @operation(
        verbs.put(
            "/bloqs/{bloqID}/lockers/{lockerID}/availability",
            REPEATABLE,
            "B:601-652",
            **inferred(
                *(
                    ("PUT", f"/bloqs/{{bloqID}}/lockers/{{lockerID}}/{last}")
                    for last in ("active", "status", "change-availability")
                )
            ),
            refusals=OF_LOCKER,
        )
    )
    def set_availability(self, bloq_id: Key, locker_id: Key, *, active: bool) -> Locker:
        """Make a locker available for new rents, or not (B:603)."""
        ...

    @operation(
        verbs.put(
            "/bloqs/{bloqID}/lockers/{lockerID}/open-or-collect",
            DOOR,
            "B:654-706",
            refusals={**OF_LOCKER, 409: "its rent cannot be collected now (B:656, 2011)"},
        )
    )
    def open_or_collect(self, bloq_id: Key, locker_id: Key) -> Locker:
        """Collect the item of the rent that has the locker, or just open it if none has."""
        ...


class Labels(Group[W], prefix="bloqit.labels", base=Ours):
    """The label printers of bloqs (B:1117-1299)."""

    @listing(verbs.get("/bloqs/labels-amount-available", "B:1121-1169", rule=both_or_neither))
    def list(self, *, page: Annotated[int, Field(ge=0)] = 1, limit: Annotated[int, Field(ge=0)] = 10) -> Page[LabelsLeft]:
        """How many labels each bloq has left; 0 for both page and limit means all at once (B:1132, 1138)."""
        ...

    @operation(verbs.get("/bloqs/{bloqID}/labels-amount-available", "B:1171-1208", refusals={404: "no bloq has this id"}))
    def get(self, bloq_id: Key) -> LabelsLeft:
        """How many labels a bloq has left."""
        ...

    @operation(
        verbs.put(
            "/bloqs/{bloqID}/print-label",
            LOOK_UP_FIRST,
            "B:1210-1259",
            **inferred(("POST", "/bloqs/{bloqID}/print-label")),
            query=("templateID",),
            rule=printed,
            mute=True,
            accepted_is_unknown=False,
            refusals=OF_DOOR,
        )
    )
    def print(self, bloq_id: Key, *, template_id: Key | None = None, content: Content | None = None) -> Tolerant:
        """Print a label at a bloq that has a printer. The answer says nothing; `bloq.label_printed` does."""
        ...

    @operation(
        verbs.put("/bloqs/{bloqID}/notify-label-replacement", REPEATABLE, "B:1261-1299", mute=True, accepted_is_unknown=False)
    )
    def notify_replacement(self, bloq_id: Key) -> Notified:
        """Tell that a bloq's roll of labels was changed. The document's sample answer is the body of an error (A46)."""
        ...
