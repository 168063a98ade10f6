"""The settings of one running parcelflow, kept as `parcelflow.json` in its folder beside the database.

May not open the database or a connection. Non-obvious choice: a folder is the whole of an installation, so that `parcelflow
cases` after a run needs to be told one thing only; secrets are in that file, which is therefore readable by its owner alone.
"""

from pathlib import Path
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_serializer

from ..machines import API_LEVELS, DEFAULTS, BadSettingsError, Policies

NAME = "parcelflow.json"
DATABASE = "parcelflow.db"


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

    @field_serializer("bloqit_api_key", "blink_password", "logistics_token", "webhook_secret", "path_token", when_used="json")
    def _reveal(self, secret: SecretStr) -> str:
        return secret.get_secret_value()

    def save(self, folder: Path) -> None:
        """Write the file, readable by its owner alone."""
        file = folder / NAME
        file.touch(mode=0o600)
        file.write_text(self.model_dump_json(indent=2) + "\n")

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


def database(folder: Path) -> Path:
    """The database of a folder.

    Raises:
        BadSettingsError: There is none.
    """
    file = folder / DATABASE
    if not file.is_file():
        raise BadSettingsError(
            f"there is no {file}; give the folder of a run with --folder, e.g. the one `parcelflow demo` named"
        )
    return file
