"""Reading what our own users write, in control bodies, world files and settings: nothing unknown, and a sentence for a mistake.

May not read a vendor's body: those are judged as the vendor's documents do. Non-obvious choice: the first mistake is told alone,
with the value that was found and what would be right, because a list of ten hides the one that explains the others.
"""

from collections.abc import Mapping
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from .words import JsonObject, RefusedError

Form = TypeVar("Form", bound=BaseModel)


class StrictForm(BaseModel):
    """A body that may not say anything that it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Nothing(StrictForm):
    """The body of a request that has none."""


def read_strict(kind: type[Form], body: JsonObject) -> Form:
    """Validate a body of ours.

    Raises:
        RefusedError: 400; its message names the field, the value that was found, and what would be right.
    """
    try:
        return kind.model_validate(body)
    except ValidationError as error:
        raise refusal(error, known=names_of(kind)) from error


def names_of(kind: type[BaseModel]) -> tuple[str, ...]:
    """The names under which a form takes its fields."""
    return tuple(field.alias or name for name, field in kind.model_fields.items())


def refusal(error: ValidationError, *, known: tuple[str, ...]) -> RefusedError:
    """The refusal that tells the first mistake.

    Args:
        error: What pydantic found.
        known: The names that there are at the top.
    """
    # What is misspelt explains what is missing, and not the other way round.
    mistake = min(error.errors(include_url=False), key=lambda one: one["type"] != "extra_forbidden")
    where = tuple(str(part) for part in mistake["loc"])
    name = where[0] if where else "body"
    return RefusedError(400, f"{name}Invalid", message=_sentence(mistake, where, known), fields=(name,))


def _sentence(mistake: ErrorDetails, where: tuple[str, ...], known: tuple[str, ...]) -> str:
    path, said = ".".join(where) or "the body", mistake["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
    if mistake["type"] == "extra_forbidden":
        there = f"; there is: {', '.join(known) or 'nothing to say'}" if len(where) == 1 else ""
        return f"there is no field {path!r} here{there}; got {mistake['input']!r}"
    if mistake["type"] == "missing":
        return f"{path} is missing; got {_names(mistake['input'])}"
    return f"{path}: {said[:1].lower()}{said[1:]}; got {mistake['input']!r}"


def _names(found: object) -> str:
    return f"only {', '.join(map(str, found)) or 'nothing'}" if isinstance(found, Mapping) else repr(found)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - whatever was sent
