"""Webhooks: each event once, by its name, of its rent, signed, to whoever asked for it, and not before it can be read.

May not demand an order of arrival, which nobody promises over connections of their own. Non-obvious choice: what was posted is
held against the rent's history and not only against the machine; a webhook that tells what the history does not have is wrong
whichever of them is right.
"""

import base64
import contextlib
from collections import Counter
from collections.abc import Generator, Iterator
from datetime import datetime, timedelta

from ...adapters.bloqit.translate import state_word, states_been
from ...adapters.bloqit.webhook import Signed, verify
from ...adapters.bloqit.wire import Rent, event_name
from ...machines import ABSENT, BadSignatureError, Json, table_of
from ..bench import InfrastructureError, docs_in
from ..judge import Fault
from ..mailbox import SECRET, Letter, Mailbox, id_in
from ..runner import EVENTS
from .data import LIVES, SHORT, docs_of
from .scene import REFUSED, Scene, UnreachedError

STATE_OF = {
    f"rent.{'started' if state == 'starting' else state}": state
    for state in table_of("delivery").states
    if state not in (ABSENT, "created", "price_calculation", "payment_attempt")
}
"""The state that an event tells."""
EVER = timedelta(days=36_500)
SECONDS = 10
"""Digits of an instant in seconds; in milliseconds it has more."""


@contextlib.contextmanager
def listening(scene: Scene, *names: str, path: str = "/all") -> Generator[tuple[Mailbox, str]]:
    """A mailbox that is subscribed to events, and the id of its subscription.

    Raises:
        UnreachedError: The server cannot reach this machine, or has no webhooks.
    """
    if not getattr(scene.bench.driver, "reaches_us", False):
        raise UnreachedError("the server cannot post to this machine's loopback")

    def look(rent_id: str) -> frozenset[str] | None:
        with contextlib.suppress(InfrastructureError):
            rent = scene.bench.rent(rent_id, word="webhook")
            return states_been(rent) | {state_word(rent.state or "")} if isinstance(rent, Rent) else None
        return None

    with Mailbox(look) as mailbox:
        # As it is: our own operation would spell out what begins with a prefix, and the server's word for it would not be tried.
        body = {"url": mailbox.url(path), "enabledEvents": list(names), "secret": SECRET}
        reply = scene.ask_raw(*scene.bench.route("bloqit.webhooks.create"), body)
        hook = str(docs_of(reply).get("_id") or "")
        if reply.status >= REFUSED or not hook:
            raise UnreachedError(f"webhooks cannot be registered here ({reply.status})")
        try:
            yield mailbox, hook
        finally:
            scene.ask("bloqit.webhooks.delete", webhookID=hook)


def settled(scene: Scene, mailbox: Mailbox) -> None:
    """Wait until everything has come."""
    if scene.bench.hooks.has("settle"):
        scene.bench.hook("settle", word=scene.word)
    mailbox.quiet(scene.bench.driver.wait)


def told(scene: Scene) -> Iterator[Fault]:
    """A life and a cancellation, told by webhooks (B:3441-3531)."""
    ways = [LIVES[scene.kind], SHORT[scene.kind]]
    if scene.has("expire"):
        ways.append(f"{SHORT[scene.kind].split()[0]} {'close ' if scene.kind in ('store', 'send') else ''}expire finish")
    ours: set[str] = set()
    with listening(scene, *sorted(EVENTS)) as (mailbox, _):
        for words in ways:
            *most, last = words.split()
            tested = scene.at(" ".join(most), lockers=1)
            scene.at(most[0], lockers=1)  # somebody else's, who is told of in between
            scene.give(tested, last)
            settled(scene, mailbox)
            docs = docs_in(scene.ask("bloqit.rents.history", rentID=tested.rent))
            mine = [letter for letter in mailbox.at("/all") if _rent_of(letter) == tested.rent]
            ours |= {one.rent for one in scene.used}
            strange = [letter for letter in mailbox.at("/all") if _rent_of(letter) not in ours]
            yield from _held(docs, mine, strange)
            scene.leave()


def _rent_of(letter: Letter) -> str:
    return id_in(letter.body.get("rent"))


def _held(docs: list[dict[str, Json]], mine: list[Letter], strange: list[Letter]) -> Iterator[Fault]:
    wanted = Counter(name for doc in docs if (name := event_name(doc)) in EVENTS)
    seen = Counter(event_name(dict(letter.body)) for letter in mine)
    for name in sorted(wanted | seen):
        if wanted[name] != seen[name]:
            yield Fault("webhook", f"{wanted[name]} of {name}, as in the history", f"{seen[name]}")
    if strange:
        yield Fault("webhook", "webhooks about the rents of this run", f"one about {_rent_of(strange[0])}")
    for letter in mine:
        if not letter.body.get("bloq") and not letter.body.get("locker") and any(doc.get("locker") for doc in docs):
            continue
        yield from _signed(letter)
        state = STATE_OF.get(event_name(dict(letter.body)))
        if state and letter.readable is not None and state not in letter.readable:
            yield Fault("webhook", f"{state} can be read when it is told", f"the rent has {', '.join(sorted(letter.readable))}")


def _signed(letter: Letter) -> Iterator[Fault]:
    """Signed by the secret, and for the instant that a header tells, if one does (B:3513-3531)."""
    at = datetime.now().astimezone()
    try:
        origin = verify(letter.raw, letter.headers, at, secrets=[SECRET], tolerance=EVER)
    except BadSignatureError as error:
        yield Fault("webhook", "a signature by the webhook's secret (B:3513-3531)", str(error))
        return
    headers = {name.lower(): value.strip() for name, value in letter.headers.items()}
    payload = headers[origin.header].split(".")[1] if isinstance(origin, Signed) else ""
    signed = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)).partition(b".")[0].decode("ascii", "replace")
    told = {value for value in headers.values() if value.isdigit() and len(value) >= SECONDS}
    if told and signed not in told:
        yield Fault("webhook", f"the signed timestamp {signed} in a header", ", ".join(sorted(told)))


def chosen(scene: Scene) -> Iterator[Fault]:
    """Only what was subscribed to is told; and nothing once the webhook is deleted (B:3441, 3772)."""
    with listening(scene, "rent.cancelled", path="/cancelled") as (mailbox, hook):
        first = scene.at(SHORT[scene.kind], lockers=1)
        settled(scene, mailbox)
        names = {event_name(dict(letter.body)) for letter in mailbox.at("/cancelled") if _rent_of(letter) == first.rent}
        if names != {"rent.cancelled"}:
            yield Fault("webhook", "rent.cancelled alone", ", ".join(sorted(names)) or "nothing")
        scene.ask("bloqit.webhooks.delete", webhookID=hook)
        second = scene.at(SHORT[scene.kind], lockers=1)
        settled(scene, mailbox)
        if any(_rent_of(letter) == second.rent for letter in mailbox.at("/cancelled")):
            yield Fault("webhook", "nothing after the webhook was deleted", "rent.cancelled")


def by_prefix(scene: Scene) -> Iterator[Fault]:
    """`rent.` subscribes to every event of rents (B:3441)."""
    if not scene.runner.readings.strict:
        raise UnreachedError("asked of a strict server only")
    with listening(scene, "rent.", path="/prefix") as (mailbox, _):
        tested = scene.at(SHORT[scene.kind].split()[0], lockers=1)
        settled(scene, mailbox)
        if not any(_rent_of(letter) == tested.rent for letter in mailbox.at("/prefix")):
            yield Fault("webhook", "the events of a rent by the prefix rent.", "nothing")


def in_history(scene: Scene) -> Iterator[Fault]:
    """The history of all events has those of a rent, each once (B:3816-3870)."""
    tested = scene.at(SHORT[scene.kind], lockers=1)
    mine = docs_in(scene.ask("bloqit.rents.history", rentID=tested.rent))
    window = {"startDate": scene.bench.heard - timedelta(days=1), "endDate": scene.bench.now + timedelta(days=1)}
    reply = scene.ask("bloqit.webhooks.history", page=1, limit=500, eventTypes=["rent.cancelled"], **window)
    if reply.status >= REFUSED:
        raise UnreachedError(f"there is no history of events ({reply.status})")
    wanted = {str(doc.get("_id")) for doc in mine if event_name(doc) == "rent.cancelled"}
    docs = docs_in(reply)
    if len(docs) < 500 and not wanted <= {str(doc.get("_id")) for doc in docs}:  # noqa: PLR2004 - all are on the page
        yield Fault("history", "rent.cancelled in the history of all events", "not there")
