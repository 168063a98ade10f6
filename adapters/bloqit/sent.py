"""Bloq.it's words on the wire as we send them: the types that the operations' signatures are made of, and their rules.

May not send anything. Non-obvious choice: what the remote would answer with 400 is refused here, with the offending value; what
depends on the remote's state is not judged here at all (409 is the remote's word, B:54).
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, ConfigDict, Field, JsonValue, PlainSerializer

from ...machines.vendor import BLOQIT_EVENT, LOCKER_SIZE, RENT_STATE
from ..operation import Parameters, Rule
from ..values import Key, Moment, Utc


def vendor_name(name: str) -> str:
    """`bloq_location_id` as Bloq.it spells it: `bloqLocationID`."""
    first, *rest = name.strip("_").split("_")
    return first + "".join({"id": "ID", "ids": "IDs"}.get(word, word.capitalize()) for word in rest)


class Ours(Parameters):
    """Base of all parameters that go to Bloq.it."""

    model_config = ConfigDict(alias_generator=vendor_name, populate_by_name=True)


def _bare(moment: datetime) -> str:
    """`YYYY-MM-DDTHH:MM:SS` in UTC, as the only pattern of the document has it (A19, B:1541)."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _known_size(size: str) -> str:
    if not LOCKER_SIZE.knows(size.upper()):
        raise ValueError(f"a locker is one of {', '.join(LOCKER_SIZE.ours)}")
    return size.upper()


def _known_state(state: str) -> str:
    if not RENT_STATE.knows(state):
        raise ValueError(f"a rent is in one of {', '.join(RENT_STATE.ours)}")
    return state


def _unfinished_state(state: str) -> str:
    if state == "finished":
        raise ValueError("this list knows no finished rents (A6); ask for rents.list(rent_states=['finished'])")
    return _known_state(state)


def _with_unit(period: str) -> str:
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)? ?[A-Za-z]+", period):
        raise ValueError("a period needs its unit, as in '7d'; a bare number would be milliseconds (A41, B:3395)")
    return period


def expanded(wishes: Sequence[str]) -> list[str]:
    """Event names with prefixes (`rent.`) and `*` written out: which of them Bloq.it takes is not certain (A38, B:3441).

    Raises:
        ValueError: A prefix fits no event.
    """
    names: dict[str, None] = {}
    for wish in wishes:
        prefix = "" if wish == "*" else wish.removesuffix("*") if wish.endswith((".", ".*")) else None
        found = [wish] if prefix is None else [name for name in BLOQIT_EVENT.ours if name.startswith(prefix)]
        if not found:
            raise ValueError(f"no event begins with {wish!r}")
        names.update(dict.fromkeys(found))
    return list(names)


BareUtc: TypeAlias = Annotated[Moment, PlainSerializer(_bare)]
Size: TypeAlias = Annotated[str, Field(pattern="^[A-Za-z]+$"), AfterValidator(str.upper)]
"""A locker's size: free text in the document, "(XS, S, ..., XL)" (A56, B:2465), so a new size can be asked for."""
KnownSize: TypeAlias = Annotated[str, AfterValidator(_known_size)]
"""A filter by size: one of five (B:94)."""
State: TypeAlias = Annotated[str, AfterValidator(_known_state)]
ActiveState: TypeAlias = Annotated[str, AfterValidator(_unfinished_state)]
States: TypeAlias = Annotated[list[State], Field(min_length=1)]
ActiveStates: TypeAlias = Annotated[list[ActiveState], Field(min_length=1)]
Keys: TypeAlias = Annotated[list[Key], Field(min_length=1)]
Period: TypeAlias = Annotated[str, AfterValidator(_with_unit)]
Hours: TypeAlias = Annotated[int, Field(ge=1)]
Wait: TypeAlias = Annotated[int, Field(ge=0, strict=True)]
"""Hours to collect; nothing says that 0 is not allowed (B:2435)."""
Latitude: TypeAlias = Annotated[float, Field(ge=-90, le=90)]
Longitude: TypeAlias = Annotated[float, Field(ge=-180, le=180)]
Url: TypeAlias = Annotated[
    str, Field(pattern=r"^(https://[^\s/?#]+|http://(localhost|127\.0\.0\.1|\[::1\])(:[0-9]+)?)([/?#]\S*)?$")
]
"""An absolute https URL (A37); plain http only to a simulator on this machine, where there is nobody to listen."""
Events = Annotated[list[str], Field(min_length=1), AfterValidator(expanded)]
Content: TypeAlias = dict[str, JsonValue]
Codes: TypeAlias = dict[str, str]
"""Pick-up codes by name (B:2478)."""
CollectLimit: TypeAlias = Wait | Utc
"""Hours, or an instant, which is what a return's is (A9)."""
PickUpCode: TypeAlias = Annotated[str, Field(min_length=1, max_length=14)]
DropOffCode: TypeAlias = Annotated[str, Field(min_length=1)]
Availability: TypeAlias = Literal["all", "active", "inactive"]
RentType: TypeAlias = Literal["store", "send", "delivery", "return"]
Notices: TypeAlias = list[Literal["sms", "email"]]
Actions: TypeAlias = list[Literal["mfa"]]
OperationType: TypeAlias = Literal["firstMile", "lastMile"]


class Person(Ours):
    """A customer made on the go (B:2448, 2512)."""

    name: str | None = None
    email: str | None = None
    phone_number: str | None = None


def one_kind_of_code(given: Mapping[str, Any]) -> None:
    """B:2401: both at once would be answered with 400."""
    if given.get("pick_up_code") is not None and given.get("pick_up_codes") is not None:
        raise ValueError("give pickUpCode or pickUpCodes, not both (B:2401)")


def whole_label(given: Mapping[str, Any]) -> None:
    """B:2470, 2475; for updates B:1790, 1795."""
    if (given["label_content"] is None) != (given["label_template_id"] is None):
        raise ValueError("labelContent and labelTemplateID go together: give both or none (B:2470, 2475)")


def delivery_rules(given: Mapping[str, Any]) -> None:
    """What Create Delivery would answer with 400."""
    one_kind_of_code(given)
    whole_label(given)
    if not any(given[name] for name in ("locker_id", "bloq_id", "expiry_date", "delivery_date_limit")):
        raise ValueError("without a bloqID or lockerID give an expiryDate or a deliveryDateLimit (B:2425, 2430)")


def a_locker_or_its_type(given: Mapping[str, Any]) -> None:
    """B:2782, 2787 and B:3022."""
    if not (given["locker_id"] or given["locker_type"]):
        raise ValueError("give a lockerID or a lockerType (B:2782, 2787)")


def changes(of: str, *rules: Rule) -> Rule:
    """A rule: besides `of`, which says what is updated, something is given. An update of nothing is a mistake, not a call."""

    def rule(given: Mapping[str, Any]) -> None:
        if not any(value is not None for name, value in given.items() if name != of):
            raise ValueError("give at least one field to change")
        for further in rules:
            further(given)

    return rule


def printed(given: Mapping[str, Any]) -> None:
    """B:1233: "When the content is sent a templateID is required"."""
    if given["content"] is not None and given["template_id"] is None:
        raise ValueError("content needs a templateID (B:1233)")


def both_or_neither(given: Mapping[str, Any]) -> None:
    """B:1132, 1138: 0 means all at once, for both of them only."""
    if (given["page"] == 0) != (given["limit"] == 0):
        raise ValueError(f"page and limit are 0 together or not at all (B:1132, 1138), got {given['page']} and {given['limit']}")


def in_order(first: str, last: str) -> Rule:
    """A rule: `first` lies before `last`."""

    def rule(given: Mapping[str, Any]) -> None:
        if given[first] is not None and given[last] is not None and given[first] > given[last]:
            raise ValueError(f"{vendor_name(first)} {given[first]} has to lie before {vendor_name(last)} {given[last]}")

    return rule
