"""Bloq locations: places where a bloq is or may be put (B:708-1115).

May not call anything. Non-obvious choice: no answer shows an id (A24), so a location is created with an externalID always, one of
yours or a new one, and the routes by externalID are the ones to use.
"""

from collections.abc import Mapping
from typing import Any, Literal

from ... import verbs
from ...declare import Group, W, listing, operation
from ...page import Page
from ...values import Key, PageNumber
from ...verbs import LOOK_UP_FIRST, REPEATABLE, inferred
from ..creations import churned
from ..sent import Content, Latitude, Longitude, Ours, changes
from ..wire import Location

OF_LOCATION = {404: "no location has this id"}
OF_EXTERNAL = {404: "no location has this external id"}


def _named(given: Mapping[str, Any]) -> None:
    if given["external_id"] is None:
        raise ValueError("a location needs an externalID: no answer shows another id (A24)")


class Locations(Group[W], prefix="bloqit.locations", base=Ours):
    """Bloq locations."""

    @operation(
        verbs.post(
            "/bloq-locations",
            LOOK_UP_FIRST,
            "B:712-781",
            **inferred(),
            rule=_named,
            fresh="external_id",
            found_by="bloqit.locations.get_by_external_id",
            unlike=churned,
        )
    )
    def create(
        self,
        external_id: Key | None = None,
        *,
        address: Key,
        latitude: Latitude,
        longitude: Longitude,
        name: str | None = None,
        metadata: Content | None = None,
    ) -> Location:
        """Make a location for a bloq to come; the point is in degrees. Without an externalID of yours it gets a new one (A24)."""
        ...

    @listing(verbs.get("/bloq-locations", "B:783-859"))
    def list(
        self,
        *,
        external_id: str | None = None,
        name: str | None = None,
        address: str | None = None,
        state: Literal["created", "deployed", "churned"] | None = None,
        page: PageNumber = 1,
        limit: PageNumber = 10,
    ) -> Page[Location]:
        """The locations of the account."""
        ...

    @operation(verbs.get("/bloq-locations/{bloqLocationID}", "B:861-905", refusals=OF_LOCATION))
    def get(self, bloq_location_id: Key) -> Location:
        """One location, by the id that no answer shows."""
        ...

    @operation(
        verbs.put(
            "/bloq-locations/{bloqLocationID}",
            REPEATABLE,
            "B:907-987",
            **inferred(),
            rule=changes("bloq_location_id"),
            refusals=OF_LOCATION,
        )
    )
    def update(
        self,
        bloq_location_id: Key,
        *,
        address: str | None = None,
        latitude: Latitude | None = None,
        longitude: Longitude | None = None,
        external_id: Key | None = None,
        name: str | None = None,
        metadata: Content | None = None,
        state: Literal["churned"] | None = None,
    ) -> Location:
        """Change the fields that are given. The echoed state is not to be believed (A25)."""
        ...

    @operation(verbs.get("/bloq-locations/external-id/{externalID}", "B:989-1033", refusals=OF_EXTERNAL))
    def get_by_external_id(self, external_id: Key) -> Location:
        """One location."""
        ...

    @operation(
        verbs.put(
            "/bloq-locations/external-id/{externalID}",
            REPEATABLE,
            "B:1035-1115",
            **inferred(),
            rule=changes("external_id"),
            refusals=OF_EXTERNAL,
        )
    )
    def update_by_external_id(
        self,
        external_id: Key,
        *,
        address: str | None = None,
        latitude: Latitude | None = None,
        longitude: Longitude | None = None,
        name: str | None = None,
        metadata: Content | None = None,
        state: Literal["churned"] | None = None,
    ) -> Location:
        """Change the fields that are given; the externalID itself only changes with `update`. The echo may lie (A25)."""
        ...
