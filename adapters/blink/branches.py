"""Which restaurant a branch in an order is: the map from all that a branch is called to what you call it (C7, C25).

May not ask anybody. Non-obvious choice: an id that two branches share (one's `id` is another's `blink_id`) is in no map. Blink's
screenshots on mapping are lost (K:137), and food that is cooked in the wrong kitchen is worse than an order that waits.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from ..remarks import remark
from .wire import Branch, Order

Branches = Mapping[str, str]
"""By any id of a branch, what you call it."""
NONE: Mapping[str, str] = MappingProxyType({})


def branch_map(branches: Iterable[Branch], own: Mapping[str, str] = NONE) -> Branches:
    """The map of these branches, e.g. `branch_map(client.branches.list(), {"63": "clifton"})`.

    Args:
        branches: What Blink answers.
        own: What you call a branch, by its `id`; a branch that is not named keeps its `id`.
    """
    called: dict[str, set[str]] = {}
    for branch in branches:
        yours = own.get(branch.id, branch.id)
        for name in {branch.id, branch.blink_id or branch.id, yours}:
            called.setdefault(name, set()).add(yours)
    for name in sorted(name for name, meant in called.items() if len(meant) > 1):
        remark("C7", f"the branch id {name!r} means {' and '.join(sorted(called[name]))}, and is in no map therefore")
    return {name: next(iter(meant)) for name, meant in called.items() if len(meant) == 1}


def branch_of(order: Order, branches: Branches | None) -> str | None:
    """What you call the order's branch. Without a map it is the partner's id, else Blink's (C25); never a guess beside a map."""
    told = [name for name in (order.branch_id, order.blink_branch_id) if name is not None]
    if branches is None:
        return next(iter(told), None)
    return next((branches[name] for name in told if name in branches), None)
