"""What something costs at Bloq.it: the `pricing` of a rent, the `price` of a bloq.

May not calculate. Non-obvious choice: the document folds both objects away (B:190, 1636) and names no field of them, so every
number in them is a decimal, whatever it is called and however deep it lies; the three fields below are only the likely ones.
"""

from typing import cast

from pydantic import model_validator

from ..tolerant import Amount, Text, Tolerant, amount_of


def exact(value: object) -> object:
    """`value` with every number in it as the decimal that was written; texts and flags stay what they are."""
    if isinstance(value, dict):
        return {name: exact(member) for name, member in cast("dict[str, object]", value).items()}
    if isinstance(value, list):
        return [exact(item) for item in cast("list[object]", value)]
    return amount_of(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


class Pricing(Tolerant):
    """An object with prices in it; what else it holds is kept under its name."""

    price: Amount = None
    total: Amount = None
    currency: Text = None

    @model_validator(mode="before")
    @classmethod
    def _without_floats(cls, value: object) -> object:
        return exact(value)
