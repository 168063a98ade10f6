"""A world as somebody wants it: bloqs and lockers, branches, a menu and customers, from a file or from control routes.

May not put a rent, an order or a task into a state: those have to be walked to. Non-obvious choice: a description is checked as a
whole before any of it comes true, so that a mistake in its last line leaves the world as it was.
"""

from collections.abc import Sequence
from typing import Annotated, TypeAlias

import yaml
from pydantic import Field

from .blink import Blink
from .building import BloqPlan, Names, build
from .menu import MenuForm, Product
from .record import Thing
from .strict import StrictForm, read_strict
from .words import Cause, JsonObject, RefusedError
from .world import World

Flag: TypeAlias = Annotated[int, Field(ge=0, le=1)]
"""0 or 1, as Blink writes them (K:131)."""

Number: TypeAlias = Annotated[int, Field(ge=1, le=2**31)]

MOST = 100_000
"""Customers of Blink that one line can make."""


class BranchPlan(StrictForm):
    """A branch of the restaurant (K:131)."""

    branch: Annotated[str, Field(min_length=1)]
    branch_address: str = ""
    id: Number | None = None
    blink_id: Number | None = None
    is_live: Flag = 1
    is_active: Flag = 1


class DinerPlan(StrictForm):
    """A customer of Blink (K:136); `count` makes so many, with a number behind each name, phone and e-mail."""

    full_name: Annotated[str, Field(min_length=1)] = "Pretend Customer"
    phone: str = "+92300"
    email: str = "customer@example.com"
    total_orders: Annotated[int, Field(ge=0)] = 1
    signup_date: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$")] = "2026-01-01 00:00:00"
    count: Annotated[int, Field(ge=1, le=MOST)] = 1


class ProductsPlan(StrictForm):
    """Products, each as a menu sync sends it (K:22-52)."""

    products: Annotated[tuple[Product, ...], Field(min_length=1)]


class CustomerPlan(StrictForm):
    """A customer of Bloq.it (B:3133-3145)."""

    name: str | None = None
    email: str | None = None
    phoneNumber: str | None = None  # noqa: N815 - the vendor's name


class WorldPlan(StrictForm):
    """A whole world; `default: false` leaves out what every other world begins with."""

    default: bool = True
    bloqs: tuple[BloqPlan, ...] = ()
    branches: tuple[BranchPlan, ...] = ()
    products: tuple[Product, ...] = ()
    customers: tuple[CustomerPlan, ...] = ()
    diners: tuple[DinerPlan, ...] = ()


def read_world(text: str) -> WorldPlan:
    """Read a world file.

    Raises:
        RefusedError: It is no YAML, or describes no world; the message says where, what was found and what would be right.
    """
    try:
        told: object = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = "" if mark is None else f"line {mark.line + 1}: "
        raise RefusedError(400, "worldInvalid", message=f"{line}no YAML: {getattr(error, 'problem', error)}") from error
    if not isinstance(told, dict):
        names = ", ".join(WorldPlan.model_fields)
        raise RefusedError(400, "worldInvalid", message=f"a world is a mapping of {names}; got {told!r}")
    named: JsonObject = {str(name): value for name, value in told.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - pydantic judges the values
    return read_strict(WorldPlan, named)


def furnish(world: World, plan: WorldPlan, *, cause: Cause) -> None:
    """Make a description true.

    Raises:
        RefusedError: 409 for a name that is taken, or for a world without its default things in which something has happened.
    """
    if not plan.default:
        _clear(world)
    names = Names(world.bloqit)
    for one in plan.bloqs:
        names.reserve(one)
    check_branches(world.blink, plan.branches)
    for one in plan.bloqs:
        build(world.bloqit, one, names=names, cause=cause)
    for branch in plan.branches:
        add_branch(world, branch, cause=cause)
    for customer in plan.customers:
        world.bloqit.customers.create(customer.model_dump(exclude_unset=True), cause=cause)
    for diner in plan.diners:
        add_diners(world, diner, cause=cause)
    if plan.products:
        world.blink.menu.sync(MenuForm(products=list(plan.products)), cause=cause)


def _clear(world: World) -> None:
    if len(world.record):
        message = f"default: false is for a world in which nothing has happened; got one with {len(world.record)} effects"
        raise RefusedError(409, "defaultInvalid", message=message, fields=("default",))
    world.bloqit.bloqs.clear()
    world.blink.branches.clear()
    world.blink.diners.known.clear()


def check_branches(blink: Blink, plans: Sequence[BranchPlan]) -> None:
    """Refuse ids of branches that are taken.

    Raises:
        RefusedError: 409.
    """
    for field in ("id", "blink_id"):
        taken = {int(str(branch[field])) for branch in blink.branches}
        for plan in plans:
            number = plan.id if field == "id" else plan.blink_id
            if number is not None and number in taken:
                message = f"{field} has to be new; taken are {', '.join(map(str, sorted(taken)))}; got {number}"
                raise RefusedError(409, f"{field}Invalid", message=message, fields=(field,))
            taken |= set() if number is None else {number}


def add_branch(world: World, plan: BranchPlan, *, cause: Cause) -> JsonObject:
    """Open a branch; ids that were not asked for are the next ones."""
    branch: JsonObject = dict(plan.model_dump())
    for field, first in (("id", 63), ("blink_id", 60001)):
        known = [int(str(one[field])) for one in world.blink.branches]
        branch[field] = branch[field] or max([first - 1, *known]) + 1
    world.blink.branches.append(branch)
    at = world.clock.now()
    world.record.add(Thing(str(branch["id"]), str(branch["branch"])), cause, at=at, before="-", after="branch")
    return branch


def add_diners(world: World, plan: DinerPlan, *, cause: Cause) -> int:
    """Let customers have ordered at Blink; answers how many Blink knows now."""
    told: JsonObject = dict(plan.model_dump(exclude={"count"}))
    name, box, host = plan.full_name, *plan.email.partition("@")[::2]
    for number in range(1, plan.count + 1):
        numbered: JsonObject = {
            "full_name": f"{name} {number}",
            "phone": f"{plan.phone}{number:07}",
            "email": f"{box}{number}@{host}" if host else plan.email,
        }
        world.blink.diners.known.append(told | (numbered if plan.count > 1 else {}))
    world.record.add(Thing("diners"), cause, at=world.clock.now(), before="-", after=f"{plan.count} more")
    return len(world.blink.diners.known)
