"""The settings of one running parcelflow, kept as `parcelflow.json` in its folder beside the database.

May not open the database or a connection. Non-obvious choice: a folder is the whole of an installation, so that `parcelflow
cases` after a run needs to be told one thing only; secrets are in that file, which is therefore readable by its owner alone. That
holds for PostgreSQL too: the folder then has no database but says where it is, and each machine that shares it has such a folder.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self, TypeAlias

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_serializer,
    field_validator,
    model_validator,
)

from ..engine import Pace, Place, Stamina, Vault
from ..machines import API_LEVELS, DEFAULT_WATCHDOGS, DEFAULTS, BadSettingsError, Policies, Watchdog
from .options import DATABASE, NAME

MINUTE = timedelta(minutes=1)
POSTGRESQL = "postgresql://"
LONGEST_KEPT = 36_500
"""Days: a century. With much more, the end is no instant that can be written down."""

System: TypeAlias = Literal["bloqit", "blink", "logistics", "default"]
Dog: TypeAlias = Literal["door_left_open", "rider_silent"]
LONGEST_WATCHED = 525_600
"""Minutes: a year."""


class Limits(BaseModel):
    """How fast one remote is called: see `engine.Pace`, whose defaults these are."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    rate: float | None = None
    burst: int = Pace().burst
    concurrency: int = Pace().concurrency

    @model_validator(mode="after")
    def _can_be_kept(self) -> Self:
        try:
            self.pace()
        except BadSettingsError as error:
            raise ValueError(str(error)) from None
        return self

    def pace(self) -> Pace:
        """The pace."""
        return Pace(rate=self.rate, burst=self.burst, concurrency=self.concurrency)


class Settings(BaseModel):
    """What a running parcelflow needs to know.

    Attributes:
        bloqit, blink, logistics: Base URLs of the three APIs.
        bloqit_api_key, blink_username, blink_password, logistics_token: Credentials.
        webhook_secret: Signs Bloq.it's webhooks.
        path_token: In the path of Blink's and Logistics' webhooks, at least 16 characters.
        port: Of the receiver on loopback; 0 for a free one.
        clock_ahead: Seconds by which our clock runs ahead, for a simulator whose clock was advanced.
        policies: Stance by policy name; what is not named has its default.
        api_level: Version of Bloq.it's API.
        database: A `postgresql://` URL, perhaps with a password; None for a SQLite file in the folder.
        driver: What tells other processes on the same PostgreSQL that there is something to do; `local` for nothing.
        sealing_keys: What is personal is sealed with the first and opened with all; empty to keep it as it is.
        keep_days: For how long what is personal of a case is kept once it has ended; None for ever.
        paces: How fast each remote is called, by its name; `default` for those that are not named.
        attempts: How often a call is tried before it is a dead letter.
        watch_minutes: How long what should not last may, by the watchdog's name; None for as long as it likes.
        gap_minutes: How often Bloq.it is asked for what it told and we did not hear; None for never.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    bloqit: str
    blink: str
    logistics: str
    bloqit_api_key: SecretStr
    blink_username: str
    blink_password: SecretStr
    logistics_token: SecretStr
    webhook_secret: SecretStr
    path_token: SecretStr = Field(min_length=16)
    port: int = Field(default=0, ge=0, le=65_535)
    clock_ahead: float = 0
    policies: dict[str, str] = {}
    api_level: str = API_LEVELS[0]
    database: SecretStr | None = None
    driver: Literal["local", "procrastinate"] = "local"
    sealing_keys: list[SecretStr] = []
    keep_days: float | None = Field(default=None, ge=0, le=LONGEST_KEPT)
    paces: dict[System, Limits] = {}
    attempts: int = Field(default=Stamina().attempts, ge=1)
    watch_minutes: dict[Dog, Annotated[float, Field(gt=0, le=LONGEST_WATCHED)] | None] = {}
    gap_minutes: float | None = Field(default=5.0, ge=1, le=1440)

    @field_validator("database")
    @classmethod
    def _is_postgresql(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None and not url.get_secret_value().startswith(POSTGRESQL):
            raise ValueError(f"a URL that begins with {POSTGRESQL}, or nothing for a SQLite file in the folder")
        return url

    @field_validator("sealing_keys")
    @classmethod
    def _fit(cls, keys: list[SecretStr]) -> list[SecretStr]:
        try:
            _vault(keys)
        except BadSettingsError as error:
            raise ValueError(str(error)) from None
        return keys

    @model_validator(mode="after")
    def _is_shared(self) -> Self:
        if self.driver != "local" and self.database is None:
            raise ValueError(f"the driver {self.driver!r} carries word between processes on PostgreSQL; say where: database")
        return self

    @field_serializer(
        "bloqit_api_key", "blink_password", "logistics_token", "webhook_secret", "path_token", "database", when_used="json"
    )
    def _reveal(self, secret: SecretStr | None) -> str | None:
        return None if secret is None else secret.get_secret_value()

    @field_serializer("sealing_keys", when_used="json")
    def _reveal_all(self, secrets: list[SecretStr]) -> list[str]:
        return [secret.get_secret_value() for secret in secrets]

    def save(self, folder: Path) -> None:
        """Write the file, readable by its owner alone."""
        file = folder / NAME
        file.touch(mode=0o600)
        file.write_text(self.model_dump_json(indent=2) + "\n")

    def place(self, folder: Path) -> Place:
        """Where the database is: PostgreSQL, or a file in the folder that may not be there yet."""
        return folder / DATABASE if self.database is None else self.database.get_secret_value()

    @property
    def keep(self) -> timedelta | None:
        """For how long what is personal of a case is kept once it has ended."""
        return None if self.keep_days is None else timedelta(days=self.keep_days)

    @property
    def watchdogs(self) -> tuple[Watchdog, ...]:
        """What should not last."""
        wanted: Mapping[str, float | None] = {dog.name: dog.after / MINUTE for dog in DEFAULT_WATCHDOGS} | self.watch_minutes
        spans = [(dog, wanted[dog.name]) for dog in DEFAULT_WATCHDOGS]
        return tuple(replace(dog, after=minutes * MINUTE) for dog, minutes in spans if minutes is not None)

    def vault(self) -> Vault | None:
        """What is personal is sealed with it; None to keep it as it is."""
        return _vault(self.sealing_keys)

    def chosen_policies(self) -> Policies:
        """The policies.

        Raises:
            UnknownPolicyError: A name, a stance or a version that does not exist.
        """
        return Policies(self.policies, api_level=self.api_level)


def load(folder: Path) -> Settings:
    """The settings of a folder.

    Raises:
        BadSettingsError: There are none, or they cannot be used; the message names the field, never a secret.
    """
    file = folder / NAME
    try:
        return Settings.model_validate_json(file.read_bytes())
    except OSError as error:
        raise BadSettingsError(f"{file} cannot be read ({error.strerror}); is {folder} a folder of parcelflow's?") from error
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors(include_input=False))
        raise BadSettingsError(f"{file} cannot be used: {faults}") from None


def policies_of(folder: Path) -> Policies:
    """What the engine of a folder decides by; the defaults where no settings are kept.

    Raises:
        BadSettingsError: The settings cannot be used.
        UnknownPolicyError: A name, a stance or a version that does not exist.
    """
    return load(folder).chosen_policies() if (folder / NAME).is_file() else DEFAULTS


def vault_of(folder: Path) -> Vault | None:
    """What opens what is personal in the database of a folder; None where it is not sealed, or no settings are kept.

    Raises:
        BadSettingsError: The settings cannot be used.
    """
    return load(folder).vault() if (folder / NAME).is_file() else None


def database(folder: Path) -> Place:
    """The database of a folder.

    Raises:
        BadSettingsError: There is none, or the settings cannot be used.
    """
    file = load(folder).place(folder) if (folder / NAME).is_file() else folder / DATABASE
    if isinstance(file, Path) and not file.is_file():
        raise BadSettingsError(
            f"there is no {file}; give the folder of a run with --folder, e.g. the one `parcelflow demo` named"
        )
    return file


def _vault(keys: Sequence[SecretStr]) -> Vault | None:
    return Vault([key.get_secret_value() for key in keys]) if keys else None
