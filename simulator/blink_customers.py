"""Blink's own customers, in Laravel's pages (K:132-136).

May not know orders. Non-obvious choice: the hosts in the links are the document's placeholder, because a client that follows them
as they are would not get anywhere with the real one either.
"""

from dataclasses import dataclass, field

from .words import Json, JsonObject

PER_PAGE = 100
"""K:136."""

PATH = "URL/interface/v1/customers"

SAMPLE: tuple[JsonObject, ...] = (
    {
        "full_name": "John Doe",
        "phone": "+923368855221",
        "email": "john.doe@example.com",
        "total_orders": 23,
        "signup_date": "2020-10-07 11:47:31",
    },
    {
        "full_name": "Micheal Barak",
        "phone": "+9663363752300",
        "email": "micheal@example.com",
        "total_orders": 1,
        "signup_date": "2023-06-20 09:35:29",
    },
    {
        "full_name": "Taco Ben",
        "phone": "+903363752000",
        "email": "t.ben@blinkco.io",
        "total_orders": 1,
        "signup_date": "2023-06-20 09:41:52",
    },
)
"""The three of the document's sample (K:136)."""


@dataclass(slots=True)
class Diners:
    """Everybody who ever ordered, oldest first."""

    known: list[JsonObject] = field(default_factory=lambda: list(SAMPLE))

    def page(self, number: int, *, miscount: int) -> JsonObject:
        """One page, as Laravel's paginator writes it.

        Args:
            number: From 1.
            miscount: How many too many are counted: the sample has three rows and says four (K:136).
        """
        start = (number - 1) * PER_PAGE
        rows: list[Json] = [*self.known[start : start + PER_PAGE]]
        last = max(1, -(-len(self.known) // PER_PAGE))
        return {
            "current_page": number,
            "data": rows,
            "first_page_url": f"{PATH}?page=1",
            "from": start + 1 if rows else None,
            "last_page": last,
            "last_page_url": f"{PATH}?page={last}",
            "next_page_url": f"{PATH}?page={number + 1}" if number < last else None,
            "path": PATH,
            "per_page": PER_PAGE,
            "prev_page_url": f"{PATH}?page={number - 1}" if number > 1 else None,
            "to": start + len(rows) + miscount if rows else None,
            "total": len(self.known) + miscount,
        }
