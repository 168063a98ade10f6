"""Blink Logistics' operations, as data, by id (K:165-246).

May not call anything. Non-obvious choice: nothing says that a mappingKey is unique (E2), so a creation is looked up before it is
tried again, or there would be two couriers.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BeforeValidator, ConfigDict, Field

from ...machines.vendor import TASK_STATES
from .. import verbs
from ..declare import Group, W, operation
from ..operation import Operation, Parameters
from ..values import Amount, AnyId, Needed, Utc
from ..verbs import LOOK_UP_FIRST, REPEATABLE
from .translate import task_event
from .wire import TaskNews

CREATE, STATUS, UPDATE = "logistics.tasks.create", "logistics.tasks.status", "logistics.tasks.update"


def _digits(value: object) -> object:
    """A phone number as digits (E12); what has none stays as it is and is refused by its pattern."""
    return re.sub(r"[^0-9]", "", value) or value if isinstance(value, str) else value


Phone: TypeAlias = Annotated[str, BeforeValidator(_digits), Field(pattern=r"^[0-9]{4,15}$")]
Degrees: TypeAlias = Annotated[str, Field(pattern=r"^-?[0-9]{1,3}(\.[0-9]+)?$")]
Payment: TypeAlias = Literal["COD", "ONLINE"]
Kind: TypeAlias = Literal[1, 2]
"""1 for a normal task, 2 for a return (K:195)."""


def vendor_name(name: str) -> str:
    """`mapping_branch_id` as Logistics spells it: `mappingBranchId`."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


class Ours(Parameters):
    """Base of all parameters that go to Logistics."""

    model_config = ConfigDict(alias_generator=vendor_name, populate_by_name=True)


def _in_order(given: Mapping[str, Any]) -> None:
    """E13."""
    start, end = given["pick_up_time"], given["delivery_time"]
    if start is not None and end is not None and start >= end:
        raise ValueError(f"pickUpTime {start} has to lie before deliveryTime {end}")


def _over(news: TaskNews, _now: datetime | None) -> str | None:
    """A task that ended is not the one that was created a moment ago. When one was created, no answer says."""
    state = TASK_STATES.get(task_event(news))
    return f"the task {news.data.task_id} is {state}" if state in {"finished", "cancelled"} else None


class Tasks(Group[W], prefix="logistics.tasks", base=Ours):
    """Delivery tasks. Nothing cancels one over the API (E10)."""

    @operation(verbs.post("/api/client/task", LOOK_UP_FIRST, "K:169-202", rule=_in_order, found_by=STATUS, unlike=_over))
    def create(
        self,
        mapping_key: Needed,
        *,
        mapping_code: Needed,
        mapping_branch_id: AnyId,
        payment_type: Payment,
        customer_name: Needed,
        customer_address: Needed,
        customer_phone: Phone,
        lat: Degrees,
        lng: Degrees,
        pick_up_time: Utc,
        delivery_time: Utc,
        type: Kind = 1,  # noqa: A002 - the document's name
        customer_email: str | None = None,
        discount_code: str | None = None,
        tax: Amount | None = None,
        tax_percent: Amount | None = None,
        discount: Amount | None = None,
        delivery_charges: Amount | None = None,
        sub_total: Amount | None = None,
        description: str | None = None,
        instruction: str | None = None,
    ) -> TaskNews:
        """Have something fetched and delivered; the key is ours, unique, and how a lost answer is found again (E1, E2, E15)."""
        ...

    @operation(
        verbs.put(
            "/api/client/task",
            REPEATABLE,
            "K:203-234",
            rule=_in_order,
            refusals={400: "the type of a task cannot change (E3)", 404: "no task has this id"},
        )
    )
    def update(
        self,
        task_id: Needed,
        *,
        type: Kind,  # noqa: A002 - as above
        payment_type: Payment | None = None,
        customer_name: Needed | None = None,
        customer_address: Needed | None = None,
        customer_phone: Phone | None = None,
        lat: Degrees | None = None,
        lng: Degrees | None = None,
        pick_up_time: Utc | None = None,
        delivery_time: Utc | None = None,
        customer_email: str | None = None,
        discount_code: str | None = None,
        tax: Amount | None = None,
        tax_percent: Amount | None = None,
        discount: Amount | None = None,
        delivery_charges: Amount | None = None,
        sub_total: Amount | None = None,
        description: str | None = None,
        instruction: str | None = None,
    ) -> TaskNews:
        """Change the fields that are given; the type has to be the one that the task has (E3)."""
        ...

    @operation(
        verbs.get(
            "/api/client/task/status",
            "K:235-246",  # E4: one of the samples says PUT; the heading and two others say GET
            alternates=(("PUT", "/api/client/task/status"),),
            refusals={404: "no task has this mappingKey"},
        )
    )
    def status(self, mapping_key: Needed) -> TaskNews:
        """Where a task is; after an update it says 21, which tells nothing of that (E8)."""
        ...


GROUPS: tuple[type[Group[Any]], ...] = (Tasks,)
OPERATIONS: Mapping[str, Operation] = MappingProxyType({name: one for group in GROUPS for name, one in group.operations.items()})
