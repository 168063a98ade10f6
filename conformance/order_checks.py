"""Named checks of orders: comments, statuses that are none, ids, tokens, and what is posted.

May not judge what words judge. Non-obvious choice: whether a refused status did something is asked by telling the next one,
which is all that can be asked.
"""

import json
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from ..adapters.operation import Reply, Request
from ..adapters.sender import Exchange
from ..machines.vendor import ORDER_STATUS
from .judge import Fault
from .mailbox import Letter, Mailbox
from .order_law import APP, COMMENT, STATUSES, logging_in, telling
from .subjects import Runs, Thing
from .tried import Inspection, UnreachedError

UNAUTHORISED, SERVER_ERROR = 401, 500
NOBODY = "nobody-ordered-this"
MOVES = (("app_accept", "app_dispatch", "app_deliver"), ("app_reject",), ("app_accept", "app_reject"))
TEXTS: Mapping[int, frozenset[str]] = MappingProxyType(
    {code: frozenset({name, *(("dispactched",) if name == "dispatched" else ())}) for code, name in enumerate(ORDER_STATUS.ours)}
)
"""What a status is called, in whatever case, and the document's typo (C5)."""


def _status(exchange: Exchange) -> int:
    return exchange.status if isinstance(exchange, Reply) else 0


def _placed(runs: Runs, thing: Thing, *names: str) -> None:
    for name in ("place", *names):
        if name not in runs.oracle.inputs:
            raise UnreachedError("no hook place_order")
        list(runs.did(thing, name, []))


def _refused(runs: Runs, thing: Thing, request: Request, words: str, *, check: str = "parameters") -> Iterator[Fault]:
    exchange = runs.bench.send(request, operation="check", word=thing.name)
    if runs.system.accepted(exchange) or _status(exchange) >= SERVER_ERROR:
        yield Fault(check, f"a refusal of {words}", str(_status(exchange)))


def _still_pending(runs: Runs, thing: Thing, words: str) -> Iterator[Fault]:
    exchange = runs.sent(thing, "accept")
    if not runs.system.accepted(exchange):
        yield Fault("trace", f"an order that is pending after {words}", f"it cannot be accepted ({_status(exchange)})")


def comments(runs: Runs, thing: Thing) -> Iterator[Fault]:
    """A rejection needs a comment (K:162)."""
    _placed(runs, thing)
    yield from _refused(runs, thing, telling(thing.name, 4), "a rejection without a comment")
    yield from _refused(runs, thing, telling(thing.name, 4, comment=""), "a rejection with an empty comment")
    yield from _still_pending(runs, thing, "rejections that were refused")


def statuses(runs: Runs, thing: Thing) -> Iterator[Fault]:
    """There are five statuses (K:142-161)."""
    _placed(runs, thing)
    for status in (-1, 5, 20, "accepted", "", None):
        words = "no status" if status is None else f"the status {status!r}"
        yield from _refused(runs, thing, telling(thing.name, status), words)
    yield from _refused(runs, thing, telling(None, 1), "a status of no order")
    yield from _refused(runs, thing, telling("", 1), "a status of an order without a name")
    yield from _still_pending(runs, thing, "statuses that are none")


def unknown(runs: Runs, thing: Thing) -> Iterator[Fault]:
    """An order that nobody placed has no status."""
    for name, status in STATUSES.items():
        request = telling(f"{NOBODY}-{thing.name}", status, comment=COMMENT if name == "reject" else None)
        yield from _refused(runs, thing, request, f"the status {status} of an order that nobody placed", check="unknown-id")


def tokens(runs: Runs, thing: Thing) -> Iterator[Fault]:
    """Nobody gets in without a token, nor gets one without the password (K:7-17)."""
    entered = getattr(runs.bench.driver, "with_key", None)
    if entered is None:
        raise UnreachedError("the driver cannot send another token")
    for key in ("", "no-token-of-anybody"):
        if (status := _status(entered(key, telling(thing.name, 1)))) != UNAUTHORISED:
            yield Fault("key", f"401 to a status {'with another' if key else 'without a'} token", str(status))
    for name, word in (("conform-nobody", "conform-nothing"), ("", "")):
        exchange = entered("", logging_in(name, word))
        if runs.system.accepted(exchange) or _status(exchange) >= SERVER_ERROR:
            yield Fault("key", "a refusal of a login that nobody has", str(_status(exchange)))


def others(runs: Runs, thing: Thing) -> Iterator[Fault]:
    """What happens to one order happens to no other."""
    _placed(runs, thing)
    for ways in (("accept", "dispatch", "deliver"), ("reject",)):
        _placed(runs, runs.ready(), *ways)
    yield from (Fault("others", fault.expected, fault.got) for fault in _still_pending(runs, thing, "other orders' lives"))


def told(runs: Runs, thing: Thing) -> Iterator[Fault]:
    """An order is posted once, and each status that is set in Blink's application (K:68-126)."""
    hooks = runs.bench.hooks
    if not hooks.has("order_webhooks") or not getattr(runs.bench.driver, "reaches_us", False):
        raise UnreachedError("no hook order_webhooks, or the server cannot post to this machine's loopback")
    with Mailbox(lambda _: None) as mailbox:
        runs.bench.hook("order_webhooks", order_url=mailbox.url("/orders"), url=mailbox.url("/statuses"), word=thing.name)
        try:
            for names in MOVES:
                yield from _told(runs, mailbox, [name for name in names if name in runs.oracle.inputs])
        finally:
            runs.bench.hook("order_webhooks", order_url="", url="", word=thing.name)


def _told(runs: Runs, mailbox: Mailbox, names: list[str]) -> Iterator[Fault]:
    thing = runs.ready()
    _placed(runs, thing, *names)
    if runs.bench.hooks.has("settle"):
        runs.bench.hook("settle", word=thing.name)
    mailbox.quiet(runs.bench.driver.wait)
    placed, moved = (
        [letter for letter in mailbox.at(path) if str(letter.body.get("blink_order_id")) == thing.name]
        for path in ("/orders", "/statuses")
    )
    if len(placed) != 1:
        yield Fault("webhook", "an order that is posted once", f"{len(placed)} times")
    wanted = sorted(STATUSES[APP[name]] for name in names)
    if (seen := sorted(int(letter.body.get("status", -1)) for letter in moved)) != wanted:
        yield Fault("webhook", f"each status once: {wanted}", str(seen))
    yield from (fault for letter in moved for fault in _worded(letter))


def _worded(letter: Letter) -> Iterator[Fault]:
    status, text = int(letter.body.get("status", -1)), str(letter.body.get("statusText", ""))
    if text and text.lower() not in TEXTS.get(status, frozenset()):
        yield Fault("webhook", f"the text of the status {status} (K:123, 142-156)", text)
    if status == STATUSES["reject"] and letter.body.get("comment") != COMMENT:
        yield Fault("webhook", f"the reason of a rejection (K:126): {COMMENT}", json.dumps(letter.body.get("comment")))


CHECKS: Mapping[str, Inspection] = MappingProxyType(
    {
        "comments": comments,
        "statuses that are none": statuses,
        "unknown orders": unknown,
        "tokens": tokens,
        "another order": others,
        "webhooks of orders": told,
    }
)
"""By title."""
