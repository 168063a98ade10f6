"""How a running parcelflow goes about its work, by its settings: paces, retention, seals, and who carries word.

May not start anything. Non-obvious choice: a queue that is not there is found here and not by the first webhook, which could then
not be stored and would be told again and again; whoever starts a process reads what it says, and nobody reads a 503.
"""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

from ..engine import Driver, Habits, Manners, Pace, Place, Stamina
from ..engine.driver import Local
from ..engine.ports import Clock
from ..machines import BadSettingsError, Historian
from .settings import Settings

NOBODY: Mapping[str, Historian] = MappingProxyType({})
QUEUE = "PostgreSQL needs `pip install parcelflow[postgresql]`"


def habits_of(settings: Settings, clock: Clock, *, historians: Mapping[str, Historian] = NOBODY) -> Habits:
    """The habits that settings ask for.

    Args:
        settings: Of a folder.
        clock: The engine's.
        historians: Whom to ask for what was told and not heard, where the settings want that.

    Raises:
        BadSettingsError: An extra is not installed, or the tables of procrastinate are not there.
        StoreFailedError: The database cannot be reached.
    """
    paces = {str(name): limits.pace() for name, limits in settings.paces.items()}
    manners = Manners(paces=paces, default=paces.pop("default", Pace()), stamina=Stamina(settings.attempts))
    asked = NOBODY if settings.gap_minutes is None else historians
    return Habits(
        manners=manners,
        driver=_driver(settings, clock),
        keep=settings.keep,
        sealing=settings.vault(),
        watchdogs=settings.watchdogs,
        historians=asked,
        gaps=timedelta(minutes=settings.gap_minutes or 0),
    )


def install_queue(place: Place) -> bool:
    """Make the tables of procrastinate where they are not; whether they had to be made.

    Raises:
        BadSettingsError: The place is not PostgreSQL, or the extra is not installed.
        StoreFailedError: The database cannot be reached or written.
    """
    if not isinstance(place, str):
        raise BadSettingsError(f"the driver 'procrastinate' works on PostgreSQL and not on {place}")
    try:
        from ..engine.distributed import install  # noqa: PLC0415 - the packages are optional
    except ModuleNotFoundError as error:
        raise BadSettingsError(f"{QUEUE}: {error}") from error
    return install(place)


def _driver(settings: Settings, clock: Clock) -> Driver:
    if settings.driver == "local" or settings.database is None:
        return Local(clock)
    try:
        from ..engine.distributed import Procrastinate, installed  # noqa: PLC0415 - the packages are optional
    except ModuleNotFoundError as error:
        raise BadSettingsError(f"{QUEUE}: {error}") from error
    url = settings.database.get_secret_value()
    if not installed(url):
        raise BadSettingsError("the tables of procrastinate are not there; run `parcelflow migrate --folder` with this folder")
    return Procrastinate(url, clock)
