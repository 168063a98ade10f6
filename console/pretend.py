"""A simulator's world from the command line: where its clock stands, and how it reads the documents.

May not serve it. Non-obvious choice: a value is JSON where it can be read as JSON and text where not, so that numbers, lists and
words all go without a second language.
"""

import json
from dataclasses import asdict, fields
from datetime import datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from ..machines import BadSettingsError
from ..simulator import Clock, Settings, World
from ..simulator.furnishing import furnish, read_world
from ..simulator.words import Cause, RefusedError, instant


def world_of(frozen: str | None, wanted: tuple[str, ...], file: Path | None = None) -> World:
    """The world that the options ask for.

    Args:
        frozen: Where its clock stands; `None` for one that runs.
        wanted: Settings, as NAME=VALUE.
        file: What there is in it besides what there always is; `None` for nothing.

    Raises:
        BadSettingsError: An instant, a setting or a file that cannot be used; the message says what would be right.
    """
    world = World(clock=_clock(frozen), settings=_settings(wanted))
    if file is not None:
        _furnish(world, file)
    return world


def _furnish(world: World, file: Path) -> None:
    try:
        furnish(world, read_world(file.read_text()), cause=Cause("sim.world", "bloq_it_admin"))
    except OSError as error:
        raise BadSettingsError(f"{file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BadSettingsError(f"{file} is no UTF-8 text") from error
    except RefusedError as error:
        raise BadSettingsError(f"{file}: {error}") from error


def _clock(frozen: str | None) -> Clock:
    if frozen is None:
        return Clock()
    try:
        at = datetime.fromisoformat(frozen)
        instant(frozen)  # the years that can be calculated with
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise BadSettingsError(f"an instant has a date, a time and a zone, as in 2026-03-01T12:00:00Z, got {frozen!r}")
    return Clock(frozen_at=at)


def _settings(wanted: tuple[str, ...]) -> Settings:
    known = {field.name for field in fields(Settings)}
    chosen: dict[str, object] = {}
    for option in wanted:
        name, sign, text = option.partition("=")
        if not sign or name not in known:
            raise BadSettingsError(f"a setting is NAME=VALUE with a name of: {', '.join(sorted(known))}; got {option!r}")
        try:
            chosen[name] = json.loads(text)
        except ValueError:
            chosen[name] = text
    try:
        return TypeAdapter(Settings).validate_python({**asdict(Settings()), **chosen})
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        raise BadSettingsError(
            f"the setting {'.'.join(map(str, fault['loc']))}: {fault['msg']}, got {fault['input']!r}"
        ) from None
