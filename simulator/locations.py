"""Bloq locations: places for future bloqs (B:708-1115), from created over deployed to churned.

May not know bloqs. Non-obvious choice: an answer carries no id, as the document's do not (B:772-781), so that a client has to
give an externalID or know the id from elsewhere; `Settings.location_ids` adds it.
"""

from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from .ground import Ground
from .moves import LOCATION, target_of
from .record import Thing
from .words import Cause, JsonObject, RefusedError


class LocationForm(BaseModel):
    """Body of Update Bloq Location (B:921-955): only what is sent changes; the only state that is taken is churned."""

    model_config = ConfigDict(frozen=True)

    address: str | None = Field(default=None, min_length=1)
    latitude: float | None = Field(default=None, ge=-90, le=90)
    longitude: float | None = Field(default=None, ge=-180, le=180)
    external_id: str | None = Field(default=None, alias="externalID", min_length=1)
    name: str | None = None
    metadata: dict[str, JsonValue] | None = None
    state: Literal["churned"] | None = None


class NewLocationForm(BaseModel):
    """Body of Create Bloq Location (B:720-733); a new one has no say in its state."""

    address: str = Field(min_length=1)
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    external_id: str | None = Field(default=None, alias="externalID", min_length=1)
    name: str | None = None
    metadata: dict[str, JsonValue] | None = None


@dataclass(slots=True)
class Location:
    """A place. `state` is one of created, deployed, churned (B:819)."""

    id: str
    form: LocationForm
    state: str = "created"

    def view(self, *, state: str = "") -> JsonObject:
        """As the document shows it; a sample echoes another state than the present one."""
        form = self.form
        return {
            "address": form.address,
            "externalID": form.external_id,
            "name": form.name,
            "location": {"type": "Point", "coordinates": [form.longitude, form.latitude]},
            "state": state or self.state,
            "metadata": form.metadata or {},
        }


@dataclass(slots=True)
class Locations:
    """Everything that is known of places."""

    ground: Ground
    known: dict[str, Location] = field(default_factory=dict)

    def get(self, location_id: str) -> Location:
        """A location by id.

        Raises:
            RefusedError: 404 when there is none.
        """
        if location_id not in self.known:
            raise RefusedError(404, "bloqLocationNotFound", message=f"There is no location {location_id}.")
        return self.known[location_id]

    def by_external(self, external: str) -> Location:
        """A location by the partner's id (B:989); of several the newest, as with rents.

        Raises:
            RefusedError: 404 when there is none.
        """
        found = [location for location in self.known.values() if location.form.external_id == external]
        if not found:
            raise RefusedError(404, "bloqLocationNotFound", message=f"There is no location with externalID {external}.")
        return found[-1]

    def create(self, form: LocationForm, *, cause: Cause) -> Location:
        """Create a location (B:712)."""
        location = Location(self.ground.ids.hex("60aa11bb22cc33dd"), form.model_copy(update={"state": None}))
        self.known[location.id] = location
        self._record(location, "-", cause=cause)
        return location

    def update(self, location: Location, *, form: LocationForm, cause: Cause) -> None:
        """Change what is named (B:909); a churned one knows only churning (B:955).

        Raises:
            RefusedError: 409.
        """
        before = location.state
        target = target_of(LOCATION, "churn" if form.state else "update", state=before)
        sent = {name: value for name, value in form if value is not None and name != "state"}
        if sent:
            target_of(LOCATION, "update", state=before)
        location.form, location.state = location.form.model_copy(update=sent), target
        self._record(location, before, cause=cause)

    def deploy(self, location: Location, *, cause: Cause) -> None:
        """Bloq.it puts a bloq there (B:714); no endpoint does.

        Raises:
            RefusedError: 409.
        """
        before = location.state
        location.state = target_of(LOCATION, "deploy", state=before)
        self._record(location, before, cause=cause)

    def _record(self, location: Location, before: str, *, cause: Cause) -> None:
        thing = Thing(location.id, location.form.external_id or "")
        self.ground.record.add(thing, cause, at=self.ground.clock.now(), before=before, after=location.state)
