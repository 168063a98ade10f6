"""The kit as a whole: who obeys conforms, who does not is found out, and what is in the way is not taken for a fault."""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from killing import Mutant, dies
from parts.faulty import FAULTS, Fault
from parts.kit_servers import copy_of, hooks, in_process, on_loopback
from walked import benched, runner_of

from parcelflow.adapters.operation import Reply, Request
from parcelflow.adapters.sender import Exchange
from parcelflow.conformance import furnishing, kit, probe, runner, tested
from parcelflow.conformance.bench import Bench, Record, docs_in, rent_in
from parcelflow.conformance.driver import Driver
from parcelflow.conformance.findings import Finding
from parcelflow.conformance.furnishing import furnish
from parcelflow.conformance.hooks import Hooks
from parcelflow.conformance.inputs import RENTS
from parcelflow.conformance.kit import Options, Report, conformance
from parcelflow.conformance.levels import Level

LENIENT = frozenset({"cancel_at_open_door", "cancel_expired", "end_without_price", "expire_at_open_door", "extension_revives",
                     "finish_reserved_return", "transit_without_ready"})  # fmt: skip
LONGER = 2
"""Steps that a shrunk reproduction may be longer than the shortest known one."""


def _told(report: Report) -> list[str]:
    return [f"{finding.kind} {finding.id}: {finding.expected} / {finding.got}" for finding in report.findings]


@pytest.mark.parametrize("kind", RENTS)
@pytest.mark.parametrize("strict", [True, False], ids=["strict", "lenient"])
def test_the_simulator_conforms(kind: str, *, strict: bool) -> None:
    """Strictly read by a strict run, leniently by a lenient one; every cell that can be tried is tried."""
    settings = {} if strict else {"lenient": LENIENT}
    with copy_of(None) as copy, in_process(copy, **settings) as driver:
        report = conformance(driver, Options(kinds=(kind,), level=Level.SMOKE, strict=strict), hooks=hooks())

    (one,) = report.kinds
    assert _told(report) == []
    assert report.conforms
    assert not set(one.possible) - set(one.cells)
    assert not one.probed.missing


def test_the_simulator_conforms_on_a_socket_with_workers_and_webhooks() -> None:
    """Four rents side by side, and the kit's own mailbox."""
    with copy_of(None) as copy, on_loopback(copy, workers=4) as driver:
        report = conformance(driver, Options(kinds=("return",), level=Level.SMOKE, strict=True), hooks=hooks())

    assert _told(report) == []
    assert report.conforms
    assert not any("loopback" in why for why in report.kinds[0].inconclusive)


def again_and_much_later() -> None:
    """A server that was tried before, whose virtual clock is months ahead of everything that its rents tell."""
    options = Options(kinds=("return",), level=Level.SMOKE, strict=True, parts=frozenset({"checks"}))
    used: set[bytes] = set()
    with copy_of(None) as copy, in_process(copy) as driver:
        for _ in range(2):
            records: list[Record] = []
            assert _told(conformance(driver, options, hooks=hooks(), record=records.append)) == []
            called = {name for record in records for name in re.findall(rb'"externalID":"([^"]+)"', record.request.body or b"")}
            assert called
            assert not used & called, "a name that the server knows is another story"
            used |= called
            Bench(driver, hooks()).hook("advance_clock", seconds=200 * 24 * 3600)


def test_a_server_conforms_again_and_much_later() -> None:
    again_and_much_later()


def test_a_limit_that_was_refused_is_none() -> None:
    """Whatever is accepted next."""
    with benched() as bench:
        outcome = runner_of(bench, "delivery").run(("announce", "turn", "drop_off"))

    assert (outcome.findings, outcome.inconclusive) == ((), "")


def the_present_is_that_of_the_newest_rent() -> None:
    """However many there are, and whichever way they are listed."""
    with copy_of(None) as copy, in_process(copy) as driver:
        first = Bench(driver, hooks())
        furnish(first)
        began = first.heard
        bloq, lockers = first.lease("delivery", 1)
        for number in range(101):
            asked = {"bloqID": bloq, "lockerID": lockers[0], "externalID": f"newest-{number}"}
            rent = rent_in(first.call("bloqit.deliveries.create", asked))
            assert rent is not None
            for ending in ("bloqit.rents.cancel", "bloqit.rents.finish"):
                first.call(ending, {"rentID": rent.id})
            first.hook("advance_clock", seconds=3600)
        second = Bench(driver, hooks())
        furnish(second)
        assert second.heard - began == timedelta(hours=100)


def test_the_present_is_that_of_the_newest_rent() -> None:
    the_present_is_that_of_the_newest_rent()


def as_it_is(prefix: str) -> str:
    return prefix


def the_first_page(exchange: Exchange) -> int:
    return len(docs_in(exchange))


class Late(datetime):
    """No limit is ever one of these, so none is ever in the past."""


PRESENT = (
    Mutant(probe, "unique", as_it_is, again_and_much_later),
    Mutant(tested, "datetime", Late, again_and_much_later),
    Mutant(furnishing, "total_in", the_first_page, the_present_is_that_of_the_newest_rent),
)


@pytest.mark.parametrize("mutant", PRESENT, ids=lambda mutant: mutant.name)
def test_a_wrong_present_is_noticed(mutant: Mutant) -> None:
    assert dies(mutant)


def test_a_strict_run_objects_to_lenient_answers() -> None:
    """What the document does not say is not to be had from a server that is read strictly."""
    with copy_of(None) as copy, in_process(copy, lenient=frozenset({"cancel_expired"})) as driver:
        report = conformance(driver, Options(kinds=("store",), level=Level.SMOKE, strict=True), hooks=hooks())

    assert any(finding.check == "refused" and finding.word[-1] == "cancel" for finding in report.findings)


def test_a_server_that_pays_is_read_as_it_is() -> None:
    """A price that is due is a reading, and every cell follows from it."""
    with copy_of(None) as copy, in_process(copy, payment_due=True) as driver:
        options = Options(kinds=("store",), level=Level.SMOKE, parts=frozenset({"words"}), shrink=False)
        report = conformance(driver, options, hooks=hooks())

    assert any(reading.name == "payment_attempts" and holds for reading, holds in report.kinds[0].probed.readings.known.items())
    assert {finding.check for finding in report.findings} <= {"leak"}, "nobody can pay here, so lockers stay taken"


@dataclass
class Flaky:
    """A driver whose server is busy now and then, before it has done anything."""

    driver: Driver
    share: float
    chance: random.Random = field(default_factory=lambda: random.Random(7))  # noqa: S311 - not for secrets
    workers: int = 1

    def send(self, request: Request) -> Exchange:
        """Send it, or be turned away."""
        if self.chance.random() < self.share:
            return Reply(503, {}, b'{"code": "busy", "message": "try again"}')
        return self.driver.send(request)

    def together(self, requests: Sequence[Request]) -> list[Exchange]:
        """One after the other."""
        return [self.send(request) for request in requests]

    def wait(self, seconds: float) -> None:
        """Let it work."""
        self.driver.wait(seconds)


def test_a_busy_server_is_not_a_wrong_one() -> None:
    """One request of a hundred is turned away: words are run again on fresh rents, and nothing is found."""
    with copy_of(None) as copy, in_process(copy) as driver:
        options = Options(kinds=("store", "send"), level=Level.SMOKE, strict=True)
        report = conformance(Flaky(driver, 0.01), options, hooks=hooks())

    assert _told(report) == []
    assert report.conforms


def test_without_hooks_what_needs_them_is_told_as_missing() -> None:
    """A server without any test hook is tried as far as the API alone reaches."""
    with copy_of(None) as copy, in_process(copy) as driver:
        report = conformance(driver, Options(kinds=("store",), level=Level.SMOKE, strict=True), hooks=Hooks())

    assert _told(report) == []
    assert {"expire", "wrong_pin"} <= report.kinds[0].probed.missing.keys()


def test_a_budget_ends_a_run() -> None:
    """And the run says so."""
    with copy_of(None) as copy, in_process(copy) as driver:
        report = conformance(driver, Options(level=Level.SMOKE, budget=300), hooks=hooks())

    assert report.spent
    assert report.requests <= 300


SAMPLE = (
    "a_look_ends_the_rent",
    "finished_rents_are_active",
    "a_second_too_late",
    "two_rents_in_one_locker",
    "a_door_jams_after_four_openings",
    "the_first_collection_is_refused",
    "the_first_rent_never_expires",
    "the_second_cancellation_is_ignored",
    "the_second_rent_has_another_code",
    "of_two_updates_one_is_lost",
    "a_signature_of_other_seconds",
    "two_moves_at_once_both_succeed",
    "a_webhook_twice",
)
"""Of most families one; `benchmarks/conformance.py` tries all of them."""


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault.name in SAMPLE], ids=lambda fault: fault.name)
def test_a_faulty_server_is_found_out_by_a_short_reproduction(fault: Fault) -> None:
    """At the level that every run has, and hardly longer than the shortest one that is known."""
    kinds = tuple(kind for kind in RENTS if kind in fault.kinds)
    with copy_of(fault) as copy, on_loopback(copy) if "webhooks" in fault.needs else in_process(copy) as driver:
        options = [Options(kinds=(kind,), level=Level.STANDARD, strict=True, enough=1) for kind in kinds]
        reports = (conformance(driver, each, hooks=hooks()) for each in options)
        nothing: list[Finding] = []
        found = next((report.findings for report in reports if report.findings), nothing)

    assert found, fault.about
    if found[0].story.startswith("check ") or fault.family == "once-only":
        return  # a check is as short as it is, and what happens once cannot be made to happen again by less
    assert len(found[0].word) <= fault.shortest + LONGER, found[0].word


def _finds(fault: Fault, kind: str, part: str) -> None:
    with copy_of(fault) as copy, in_process(copy) as driver:
        parts = frozenset({part})
        options = Options(kinds=(kind,), level=Level.SMOKE, strict=True, enough=1, shrink=False, parts=parts)
        assert conformance(driver, options, hooks=hooks()).findings


def _named(name: str) -> Fault:
    return next(fault for fault in FAULTS if fault.name == name)


def _nothing(*_: object, **__: object) -> None:
    return None


def _none(*_: object, **__: object) -> tuple[()]:
    return ()


JUDGES = {
    "answers": ("words", (runner, probe), "answer_fault", "nothing_to_collect_is_an_error"),
    "history": ("words", (runner,), "history_fault", "no_price_is_told"),
    "states": ("words", (runner,), "states_fault", "states_are_forgotten"),
    "echo": ("words", (runner,), "echo_fault", "the_answer_to_a_cancellation_is_old"),
}
"""The part of a run, where a judge is used, its name, and a fault that no other one sees."""


@pytest.mark.parametrize("judge", JUDGES)
def test_each_judge_is_needed(monkeypatch: pytest.MonkeyPatch, judge: str) -> None:
    """A kit without one of its judges lets a fault pass that the whole kit finds."""
    part, places, name, fault = JUDGES[judge]
    seeded = _named(fault)
    kind = next(kind for kind in RENTS if kind in seeded.kinds)
    _finds(seeded, kind, part)

    for place in places:
        monkeypatch.setattr(place, name, _nothing)
    with pytest.raises(AssertionError):
        _finds(seeded, kind, part)


def test_races_are_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """What goes wrong between two requests is found by nothing that sends them one after the other."""
    seeded = _named("two_moves_at_once_both_succeed")
    _finds(seeded, "store", "races")

    for name in ("races", "concurrent"):
        monkeypatch.setattr(kit, name, _none)
    with pytest.raises(AssertionError):
        _finds(seeded, "store", "races")
