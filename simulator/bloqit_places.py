"""What a client can ask of the bloqs, lockers, locations and printers of the pretend Bloq.it.

May not decide anything: `bloqs`, `locations` and `rentals` do. Non-obvious choice: a bulk opening answers what its settings say,
because the document's list of ids (B:541) became a list of titles and a 202 in later versions.
"""

from pydantic import BaseModel, JsonValue, StrictBool

from . import bloqit_asked as asked
from . import bloqs
from .bloqit import close_door
from .bloqit_calls import OnBloq, OnLocker, asked_by_api, at_the_locker
from .forms import read_form
from .hooks import Subject
from .locations import Location, LocationForm, NewLocationForm
from .network import Bloq
from .queries import number, word
from .record import Thing
from .web import Answer, Call, page_of
from .words import Json, JsonObject
from .world import World


class Availability(BaseModel):
    """Body of Change a locker availability (B:601)."""

    active: StrictBool


class Several(BaseModel):
    """Body of Open several Lockers (B:522); whoever names none at all is refused like whoever names wrong ones."""

    lockers: list[str] = []


class LabelForm(BaseModel):
    """Body of Print a Label (B:1230)."""

    content: dict[str, JsonValue] | None = None


def list_bloqs(world: World, call: Call) -> Answer:
    """List all Bloqs (B:64)."""
    return page_of(call, [bloq.view() for bloq in _bloqs(world, call)])


def search_bloqs(world: World, call: Call) -> Answer:
    """Get Bloqs by Locations (B:239), the nearest first; the document's own example has its coordinates swapped."""
    latitude, longitude = number(call, asked.LATITUDE), number(call, asked.LONGITUDE)
    farthest = call.number(asked.FARTHEST_AWAY)
    found = [(bloqs.metres(bloq, latitude, longitude), bloq) for bloq in _bloqs(world, call)]
    near = sorted((pair for pair in found if pair[0] <= farthest), key=lambda pair: pair[0])
    return page_of(call, [bloq.view() for _, bloq in near])


def _bloqs(world: World, call: Call) -> list[Bloq]:
    active, size, kind = (word(call, one) for one in (asked.ACTIVE, asked.LOCKER_TYPE, asked.RENT_TYPE))
    return [
        bloq
        for bloq in world.bloqit.bloqs.values()
        if active in ("", "all", "active" if bloq.active else "inactive")
        and (not size or any(locker.size == size for locker in bloq.lockers))
        and (not kind or kind in bloq.supports)
    ]


def get_bloq(on: OnBloq) -> Answer:
    """Retrieve a Bloq (B:141)."""
    return Answer(on.bloq.view())


def free_lockers(on: OnBloq) -> Answer:
    """Get Free Lockers (B:199): a bare array."""
    return Answer([locker.view() for locker in on.bloq.lockers if locker.free])


def update_bloq(on: OnBloq) -> Answer:
    """Update Bloq (B:338)."""
    bloqs.update(on.side, on.bloq, form=read_form(bloqs.BloqForm, on.call.body), cause=on.cause)
    return Answer(on.bloq.view())


def open_several(on: OnBloq) -> Answer:
    """Open several Lockers (B:508)."""
    wanted = read_form(Several, on.call.body).lockers
    opened = bloqs.open_several(on.side, on.bloq, lockers=wanted, cause=on.cause)
    settings = on.side.ground.settings
    told: list[Json] = [locker.id if settings.bulk_open_answer == "ids" else locker.title for locker in opened]
    return Answer(told, settings.bulk_open_status)


def close_virtually(on: OnLocker) -> None:
    """Close a Locker (virtual) (B:547): "simulate closing door behavior", so the rent inside feels it too."""
    close_door(on.side, on.locker, cause=at_the_locker(on.call))


def set_availability(on: OnLocker) -> None:
    """Change a locker availability (B:601); an existing rent is kept."""
    active, side, locker = read_form(Availability, on.call.body).active, on.side, on.locker
    if active == locker.active:
        return
    locker.active = active
    at, after, before = side.ground.clock.now(), *(("active", "inactive") if active else ("inactive", "active"))
    side.ground.record.add(Thing(locker.id, locker.title), on.cause, at=at, before=before, after=after)
    side.hooks.tell(f"locker.locker_{after}", Subject(locker.rent, locker.bloq, locker.id), cause=on.cause, at=at)


def list_labels(world: World, call: Call) -> Answer:
    """Get amount of labels available (Bulk) (B:1121); page and limit 0 mean all of them (B:1132, 1138)."""
    found: list[Json] = [
        {"bloq": bloq.id, "remainingLabels": str(bloq.labels)} for bloq in world.bloqit.bloqs.values() if bloq.labels is not None
    ]
    if [call.text(one) for one in asked.LABELS] == ["0", "0"]:
        return Answer({"totalDocs": len(found), "page": 0, "limit": 0, "docs": found})
    return page_of(call, found)


def get_labels(on: OnBloq) -> Answer:
    """Get amount of labels available (B:1171): a number, as text (B:1206)."""
    return Answer({"remainingLabels": str(bloqs.labels(on.bloq))})


def print_label(on: OnBloq) -> Answer:
    """Print a Label (B:1210). It answers a locker, by a mistake of the document (B:1246-1259) that clients must live with."""
    has_content = read_form(LabelForm, on.call.body).content is not None
    template = on.call.text(asked.TEMPLATE)
    bloqs.print_label(on.side, on.bloq, template=template, has_content=has_content, cause=on.cause)
    return Answer(on.bloq.lockers[0].view())


def replace_roll(on: OnBloq) -> Answer:
    """Notify Labels Roll Replacement (B:1261), whose only sample is the body of an error (B:1296)."""
    bloqs.replace_roll(on.side, on.bloq, cause=on.cause)
    if on.side.ground.settings.replacement_answer == "empty":
        return Answer({})
    return Answer({"code": "bloqIDInvalid", "message": "Invalid bloqID. bloqID is either missing or has a wrong format."})


def create_location(world: World, call: Call) -> Answer:
    """Create Bloq Location (B:712)."""
    form = LocationForm.model_validate(read_form(NewLocationForm, call.body).model_dump(by_alias=True))
    return Answer(_location(world, world.bloqit.locations.create(form, cause=asked_by_api(call))), 201)


def list_locations(world: World, call: Call) -> Answer:
    """List Bloq Locations (B:783)."""
    state = word(call, asked.LOCATION_STATE)
    found = [one for one in world.bloqit.locations.known.values() if state in ("", one.state) and _wanted(call, one)]
    return page_of(call, [_location(world, one) for one in found])


def get_location(world: World, call: Call) -> Answer:
    """Get Bloq Location (B:861), or by External ID (B:989)."""
    return Answer(_location(world, _find(world, call)))


def update_location(world: World, call: Call) -> Answer:
    """Update Bloq Location (B:907), or by External ID (B:1035). The sample echoes the state before (B:971, 984)."""
    location, form = _find(world, call), read_form(LocationForm, call.body)
    before = location.state if world.settings.location_echo == "old" else ""
    world.bloqit.locations.update(location, form=form, cause=asked_by_api(call))
    return Answer(_location(world, location, state=before))


def _find(world: World, call: Call) -> Location:
    locations = world.bloqit.locations
    return locations.by_external(call.path["external"]) if "external" in call.path else locations.get(call.path["location"])


def _wanted(call: Call, location: Location) -> bool:
    form = location.form
    equal = {asked.EXTERNAL: form.external_id, asked.NAME: form.name, asked.ADDRESS: form.address}
    return all(call.text(one) in ("", value) for one, value in equal.items())


def _location(world: World, location: Location, *, state: str = "") -> JsonObject:
    told = location.view(state=state)
    return {"_id": location.id} | told if world.settings.location_ids else told
