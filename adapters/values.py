"""Values as they leave: instants, amounts and ids, for all three APIs.

May not know any API. Non-obvious choice: amounts leave as JSON numbers of at most 15 digits. So many survive the way through a
double unchanged, which is all that a JSON number promises.
"""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, PlainSerializer


def _utc(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds and `Z`, as all samples have it (A18, E13)."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _dated(value: object) -> object:
    """A number would be taken for seconds or milliseconds since 1970, whichever fits."""
    if isinstance(value, int | float):
        raise ValueError("an instant is a datetime with a timezone, or its ISO 8601 text")  # noqa: TRY004 - pydantic's way
    return value


def _number(amount: Decimal) -> int | float:
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def _id(value: object) -> object:
    """An id that somebody keeps as a number is sent as text (C7)."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _no_detour(value: str) -> str:
    if value in {".", ".."}:
        raise ValueError("an id that would change the path cannot be sent")
    return value


Moment: TypeAlias = Annotated[AwareDatetime, BeforeValidator(_dated)]
"""An aware datetime, or its ISO 8601 text."""
Utc: TypeAlias = Annotated[Moment, PlainSerializer(_utc)]
Amount: TypeAlias = Annotated[Decimal, Field(max_digits=15, ge=0), PlainSerializer(_number)]
Needed: TypeAlias = Annotated[str, Field(min_length=1)]
Key: TypeAlias = Annotated[str, Field(min_length=1), BeforeValidator(_id), AfterValidator(_no_detour)]
"""An id that goes into a path or a query."""
AnyId: TypeAlias = Annotated[str, BeforeValidator(_id), Field(min_length=1)]
PageNumber: TypeAlias = Annotated[int, Field(ge=1)]
