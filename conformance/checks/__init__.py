"""The named checks: what no finite machine of one rent can see, tried on purpose.

May not judge what words judge. Non-obvious choice: a check that could not be brought about has no verdict, and is told as such;
it is never counted as passed.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ..bench import InfrastructureError
from ..findings import Finding
from ..inputs import CLOCK
from ..judge import Fault
from ..runner import Outcome, Runner
from . import data, limits, lists, lockers, parameters, webhooks
from .scene import Scene, UnreachedError

Inspection = Callable[[Scene], Iterator[Fault]]
AGAIN = 3
BY_DROP_OFF = ("delivery", "return")
ON_THE_SPOT = ("store", "send")
EVERY = (*ON_THE_SPOT, *BY_DROP_OFF)


@dataclass(frozen=True, slots=True)
class Named:
    """One check.

    Attributes:
        title: What it holds.
        inspect: The check.
        kinds: Rent types that have it.
        hooks: Hooks that it needs.
    """

    title: str
    inspect: Inspection
    kinds: tuple[str, ...] = EVERY
    hooks: tuple[str, ...] = ()


NAMED: tuple[Named, ...] = (
    Named("a new rent has what it was created with", data.created),
    Named("a pick-up code is kept as it was sent", data.single_code, ("delivery",)),
    Named("a rent ends when it is finished", data.ended_when_finished),
    Named("two updates at once are both kept", data.kept_both, BY_DROP_OFF),
    Named("a rent has its customer", data.of_customer),
    Named("what is for another type is refused", parameters.foreign),
    Named("a page that is none, and a date that is none, are answered 400", parameters.queries),
    Named("a choice without a locker is refused", parameters.choices, BY_DROP_OFF),
    Named("nothing is extended into the past", parameters.past),
    Named("what is refused for one field changes none", parameters.half_refused, BY_DROP_OFF),
    Named("a bloq has the types that it supports", lockers.unsupported),
    Named("a door that is closed as a locker's is closed for its rent", lockers.closed_as_a_locker),
    Named("several lockers open together or not at all", lockers.bulk),
    Named("a disabled locker keeps its rent", lockers.disabled_with_rent),
    Named("a locker in another bloq leaves the old one free", lockers.moved_away, BY_DROP_OFF),
    Named("a page is no longer than it says", lists.full_page, BY_DROP_OFF),
    Named("a wrong request is answered 400 and makes no rent", parameters.creations),
    Named("a wrong date, a wrong body and a missing parameter are answered 400", parameters.malformed),
    Named("an id that nothing has is answered 404", parameters.unknown),
    Named("a request without the right key is answered 401", parameters.keys),
    Named("a locker has one unfinished rent", lockers.one_rent),
    Named("a locker that is taken is not chosen", lockers.taken, BY_DROP_OFF),
    Named("of several creations for one locker at once, one succeeds", lockers.allocation_race),
    Named("an allocated locker does not open by itself", lockers.allocated_opens_not),
    Named("open-or-collect collects", lockers.open_or_collect),
    Named("a disabled locker is not given away", lockers.disabled),
    Named("a locker of the wanted size is chosen", lockers.by_size, BY_DROP_OFF),
    Named("events are told by webhooks", webhooks.told),
    Named("a webhook tells what was asked for", webhooks.chosen),
    Named("a prefix subscribes", webhooks.by_prefix),
    Named("the history of all events has those of a rent", webhooks.in_history),
    Named("a locker that opens by itself changes no rent", lockers.spontaneous, EVERY, ("spontaneous_open",)),
    Named("free lockers are those without an unfinished rent", lists.free_lockers),
    Named("lists have the rents that fit", lists.lists),
    Named("a list from an instant on has what began then", lists.from_the_first_instant),
    Named("reached-state has the rents that were there", lists.reached),
    Named("a rent is found by its external id", lists.external_id, BY_DROP_OFF),
    Named("pages hold every rent once", lists.paging),
    Named("a history is of its rent", lists.told_of),
    Named("whoever waits for an item is told", lists.notified, ("send", "delivery")),
    Named("what is done to one rent changes no other", data.others),
    Named("a changed field is changed, and nothing else", data.updates, BY_DROP_OFF),
    Named("a rent opens for its own code only", data.codes, EVERY, ("wrong_pin",)),
    Named("a changed drop-off code opens, the old one does not", data.drop_off_codes, ("delivery",), ("dropoff",)),
    Named("an item expires at its expiryDate", limits.expiry_of_item, BY_DROP_OFF, (CLOCK,)),
    Named("what nobody brings expires at its deliveryDateLimit", limits.expiry_of_waiting, BY_DROP_OFF, (CLOCK,)),
    Named("deliveryDateLimit is over with the drop-off", limits.drop_off_limit_is_over, BY_DROP_OFF, (CLOCK,)),
    Named("an item expires at its collectTimeLimit", limits.collect_limit, BY_DROP_OFF, (CLOCK,)),
    Named("a rent lasts as long as its bloq allows", limits.bloqs_limit, ON_THE_SPOT, (CLOCK,)),
    Named("an extended rent expires at its new limit", limits.extended, EVERY, (CLOCK,)),
    Named("every extension counts", limits.extended_twice, EVERY, (CLOCK,)),
    Named("a look does not start the time anew", limits.looked_at, EVERY, (CLOCK,)),
    Named("a rent begins once", limits.begins_once, EVERY, (CLOCK,)),
    Named("nobody's rent expires at the open door", limits.at_the_open_door, EVERY, (CLOCK,)),
    Named("a door's last opening is when it opened", limits.door_seen, EVERY, (CLOCK,)),
    Named("an expiry is the work of time", lists.expired_by_time, EVERY, (CLOCK,)),
    Named("an update moves the limit", limits.moved, EVERY, (CLOCK,)),
)

BY_TITLE: Mapping[str, Named] = MappingProxyType({named.title: named for named in NAMED})


@dataclass
class Inspector:
    """Runs the checks of a rent type."""

    runner: Runner

    def outcomes(self) -> Iterator[Outcome]:
        """Run all of them."""
        for named in NAMED:
            lacks = [hook for hook in named.hooks if not self.runner.bench.hooks.has(hook)]
            if self.runner.kind in named.kinds and lacks:
                yield Outcome((named.title,), (), inconclusive=f"{named.title}: no hook {', '.join(lacks)}")
            elif self.runner.kind in named.kinds:
                yield self.inspect(named)

    def inspect(self, named: Named) -> Outcome:
        """Run one."""
        why = ""
        for _ in range(AGAIN):
            scene = Scene(self.runner)
            try:
                # Each while it is met: what is asked afterwards belongs to no reproduction of it.
                return Outcome((named.title,), (), tuple(self._finding(named, fault, scene) for fault in named.inspect(scene)))
            except UnreachedError as error:
                return Outcome((named.title,), (), inconclusive=f"{named.title}: {error}")
            except InfrastructureError as error:
                why = str(error)
            finally:
                scene.leave()
        return Outcome((named.title,), (), inconclusive=why)

    def _finding(self, named: Named, fault: Fault, scene: Scene) -> Finding:
        names = {tested.name for tested in scene.used} | {scene.word}
        records = tuple(record for record in self.runner.bench.recent if record.word in names)
        return Finding(
            check=fault.check,
            kind=self.runner.kind,
            word=scene.used[-1].done if scene.used else (),
            spot=named.title,
            expected=fault.expected,
            got=fault.got,
            records=records,
            story=f"check {named.title}",
        )
