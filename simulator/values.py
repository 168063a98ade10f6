"""Values as the two Blink documents type them: text that is there, an instant, a number that is no boolean.

May not know any request. Non-obvious choice: an id is text or a whole number, because the samples have both (K:52); it is kept as
text.
"""

import re
from decimal import Decimal
from typing import Annotated, TypeAlias

from pydantic import BeforeValidator, WithJsonSchema

from .words import instant


def _required(value: object) -> object:
    if isinstance(value, str) and not value.strip():
        raise ValueError("required")
    return value


def _time(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError("not a datetime")  # noqa: TRY004 - pydantic turns only a ValueError into a validation error
    instant(value)
    return value


def number(value: object) -> object:
    """Refuse what JSON does not call a number or a text of one."""
    if isinstance(value, bool):
        raise ValueError("not a number")  # noqa: TRY004 - as above; JSON's true would pass for 1
    return value


_SOME = {"type": "string", "pattern": r"\S"}

Text: TypeAlias = Annotated[str, BeforeValidator(_required), WithJsonSchema(_SOME)]
Time: TypeAlias = Annotated[str, BeforeValidator(_time), WithJsonSchema({"type": "string", "format": "date-time"})]
Number: TypeAlias = Annotated[int, BeforeValidator(number)]
Money: TypeAlias = Annotated[Decimal, BeforeValidator(number)]


def _degrees(most: int) -> BeforeValidator:
    def degrees(value: object) -> object:
        text = str(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else ""
        if not (_DECIMAL.fullmatch(text) and abs(float(text)) <= most):
            raise ValueError(f"must be degrees from -{most} to {most}")
        return text

    return BeforeValidator(degrees)


def _phone(value: object) -> object:
    if isinstance(value, str) and _PHONE.fullmatch(value):
        return value
    raise ValueError("must be 3 to 15 digits, with or without a plus")


_DECIMAL = re.compile(r"[+-]?[0-9]{1,3}(\.[0-9]{1,20})?")
_PHONE = re.compile(r"\+?[0-9]{3,15}")
_COORDINATE = {"anyOf": [{"type": "string", "pattern": rf"^{_DECIMAL.pattern}$"}, {"type": "number"}]}

Latitude: TypeAlias = Annotated[str, _degrees(90), WithJsonSchema(_COORDINATE)]
Longitude: TypeAlias = Annotated[str, _degrees(180), WithJsonSchema(_COORDINATE)]
Phone: TypeAlias = Annotated[str, BeforeValidator(_phone), WithJsonSchema({"type": "string", "pattern": rf"^{_PHONE.pattern}$"})]


def _id(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else _required(value)


def _boolean(value: object) -> object:
    if value in (0, 1, "0", "1"):  # what Laravel's rule takes besides true and false, which equal 1 and 0 here
        return value in (1, "1")
    raise ValueError("not a boolean")


Id: TypeAlias = Annotated[str, BeforeValidator(_id), WithJsonSchema({"anyOf": [_SOME, {"type": "integer"}]})]
Boolean: TypeAlias = Annotated[bool, BeforeValidator(_boolean), WithJsonSchema({"enum": [True, False, 0, 1, "0", "1"]})]
