"""What is personal among the facts of cases: which names, and how to forget or to find whom they tell of.

May not decide who is forgotten or when, nor know how facts are kept: it is given them as they are, never sealed. Non-obvious
choice: what is personal is told by the fact's *name*, however deep it stands and however it is spelled; the value of a personal
name is personal as a whole, and a remote that puts a telephone number under another name is listed here and not guessed at.
"""

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from ..machines import Facts, Json

_DOOR = "opens a door"
_CUSTOMER = "says who it is for"
_REACHES = "reaches a person"
_HOME = "says where somebody lives"
_TEXT = "free text; people write names, telephone numbers and floors into it"
_DRIVER = "tells of the driver"

REASONS: Mapping[str, str] = MappingProxyType(
    {
        "pickup_code": _DOOR,
        "pickup_codes": _DOOR,
        "dropoff_code": _DOOR,
        "customer": f"{_CUSTOMER}: name, e-mail address, telephone number",
        "customer_id": _CUSTOMER,
        "customer_name": _CUSTOMER,
        "customer_phone": _REACHES,
        "customer_email": _REACHES,
        "phone_number": f"{_REACHES}: the one who may retrieve what was sent",
        "phone": f"{_REACHES}; a part of `customer`",
        "email": f"{_REACHES}; a part of `customer`",
        "contact": f"{_REACHES}; the name that remotes give to it",
        "customer_address": _HOME,
        "lat": _HOME,
        "lng": _HOME,
        "label_content": "is printed on a parcel: whatever a label says of sender and receiver",
        "comment": _TEXT,
        "kitchen_notes": _TEXT,
        "description": _TEXT,
        "instruction": _TEXT,
        "message": _TEXT,
        "reason": f"{_TEXT}; a remote's refusal may repeat what it was sent",
        "metadata": "whatever Bloq.it adds to an event: codes that were tried, the courier who identified (B:3499-3504)",
        "initiated_by": "the id of the person who did it",
        "agent_name": _DRIVER,
        "agent_contact": f"{_DRIVER}: the telephone number",
        "tracking_link": "shows driver and destination to whoever has it",
    }
)
"""Why each personal fact is one."""

PERSONAL: frozenset[str] = frozenset(REASONS)
"""The names of personal facts."""

_NUMBER = re.compile(r"\+?[0-9 ()./\-]+")


def bare(name: str) -> str:
    """A name by its letters alone: `pickUpCodes`, `pick-up-codes` and `pickup_codes` are one."""
    return name.replace("_", "").replace("-", "").lower()


_BARE = frozenset(bare(name) for name in PERSONAL)
_PHONES = frozenset({"customerphone", "phonenumber", "phone"})
_EMAILS = frozenset({"customeremail", "email"})
_ID = "customerid"


def is_personal(name: str) -> bool:
    """Whether a fact of this name is personal."""
    return bare(name) in _BARE


def personal_in(copy: dict[str, Json]) -> Iterator[tuple[str, dict[str, Json], str]]:
    """Every personal value, as where it stands (`products[0].comment`), the object that has it, and the name that it has there.

    Objects and lists on the way are copied into `copy` first, so that changing or deleting such a value changes nothing else.
    """
    # A list of what is still to be seen and no recursion: what remotes nest may be deeper than Python likes to go.
    waiting: list[tuple[str, dict[str, Json] | list[Json]]] = [("", copy)]
    while waiting:
        where, holder = waiting.pop()
        if isinstance(holder, list):
            for number, value in enumerate(holder):
                holder[number] = _seen_later(waiting, f"{where}[{number}]", value)
            continue
        for name in [*holder]:
            place = f"{where}.{name}" if where else name
            if is_personal(name):
                yield place, holder, name
            else:
                holder[name] = _seen_later(waiting, place, holder[name])


def _seen_later(waiting: list[tuple[str, dict[str, Json] | list[Json]]], where: str, value: Json) -> Json:
    if not isinstance(value, dict | list):
        return value
    own = value.copy()
    waiting.append((where, own))
    return own


def without(data: Facts) -> dict[str, Json]:
    """A forgotten copy: everything but what is personal, at any depth."""
    copy = dict(data)
    for _, holder, name in personal_in(copy):
        del holder[name]
    return copy


def concerns(data: Facts, customer: str) -> bool:
    """Whether `data` names a customer, who is a telephone number, an e-mail address or the remote's id.

    A number is compared by its digits (a leading 00 is a +), an address without case, an id exactly. Codes, texts and drivers
    name no customer, however alike they look.
    """
    number, address = _digits(customer), _address(customer)
    for name, said in _scalars(data):
        if name in _PHONES and number and _digits(said) == number:
            return True
        if name in _EMAILS and address and _address(said) == address:
            return True
        if name == _ID and customer.strip() and said == customer:
            return True
    return False


def _digits(text: str) -> str:
    return re.sub(r"[^0-9]", "", text).removeprefix("00") if _NUMBER.fullmatch(text.strip()) else ""


def _address(text: str) -> str:
    return text.strip().casefold() if "@" in text else ""


def _scalars(data: Facts) -> Iterator[tuple[str, str]]:
    """Every text and number with its bare name (that of the list where it stands in one); a customer's `id` is named as one."""
    waiting: list[tuple[str, Json]] = [(bare(name), value) for name, value in data.items()]
    while waiting:
        name, value = waiting.pop()
        if isinstance(value, dict):
            ids = {"id": _ID} if _is_customer(name, value) else {}
            waiting += [(ids.get(bare(part), bare(part)), told) for part, told in value.items()]
        elif isinstance(value, list):
            waiting += [(name, told) for told in value]
        elif isinstance(value, str | int | float):
            yield (_ID if name == "customer" else name), str(value)


def _is_customer(name: str, person: Mapping[str, Json]) -> bool:
    return name == "customer" or (name == "initiatedby" and person.get("role") == "customer")
