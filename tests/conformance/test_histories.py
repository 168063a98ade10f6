"""Recordings: what the simulator told is legal, what was lost is found, what is not legal is found where it is."""

# pyright: reportPrivateUsage=false
# A mutant is the code under test with one wrong line; it has to reach inside.

import json
from collections.abc import Callable, Iterable, Iterator
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import pytest
from killing import Mutant, dies
from walked import lives

from parcelflow.conformance import hearing, logbook, recorded, telling
from parcelflow.conformance.hearing import Heard, hear, hear_any
from parcelflow.conformance.logbook import LogReport, check_file, check_log
from parcelflow.conformance.recorded import Unreadable, entries, entries_of
from parcelflow.conformance.telling import arrows_of, rows_of, tells
from parcelflow.console.conform_history import judge_history, told
from parcelflow.machines import BadSettingsError

RENTS = ("store", "send", "delivery", "return")
STORED = ("rent.created", "rent.started", "rent.in_progress")
HISTORIES = Path(__file__).parents[1] / "histories"


def checked(lines: Iterable[object], kinds: Iterable[str] = RENTS) -> LogReport:
    return check_log(entries_of(line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines), kinds)


def event(name: str, rent: str = "r1", **more: object) -> dict[str, Any]:
    return {"codeName": name, "rent": rent, **more}


def stored(*more: str) -> list[dict[str, Any]]:
    return [event(name) for name in (*STORED, *more)]


def everything() -> list[dict[str, Any]]:
    """All lives of the simulator, mixed as a log has them: by time, and here at random."""
    chance = Random(7)  # noqa: S311 - an order, not a secret
    left = [list(events) for _, events in lives()]
    mixed: list[dict[str, Any]] = []
    while left := [events for events in left if events]:
        mixed.append(chance.choice(left).pop(0))
    return mixed


def test_what_the_simulator_told_is_legal_as_it_stands() -> None:
    report = checked(everything())
    assert (report.whole, report.gapped, report.broken, report.bad) == (len(lives()), 0, 0, 0)
    assert report.conforms
    assert not report.unknown


def test_its_type_is_among_those_that_explain_it() -> None:
    for kind, events in lives():
        names = [str(one["codeName"]) for one in events if one["codeName"] in tells(kind)]
        assert kind in hear_any(RENTS, names).kinds
        assert hear(kind, names).obeys


def test_one_lost_event_is_explained_by_one_lost_event_at_most() -> None:
    for kind, events in lives():
        names = [str(one["codeName"]) for one in events if one["codeName"] in tells(kind)]
        for gone in range(len(names)):
            heard = hear(kind, names[:gone] + names[gone + 1 :])
            assert heard.obeys, (names, gone)
            assert sum(len(loss.events) for loss in heard.lost) <= 1


def test_a_lost_event_is_named_with_its_place() -> None:
    report = checked(stored("rent.locker_opened", "rent.collect_item"))
    assert report.gapped == 1
    assert [(gap.line, gap.events) for gap in report.gaps] == [(5, ("rent.in_progress",))]
    assert report.lost == {"rent.in_progress": 1}


def test_the_first_illegal_step_is_told_with_what_was_legal_before_it() -> None:
    report = checked(stored("rent.reserved", "rent.finished"))
    (wrong,) = report.wrong
    assert (wrong.whose, wrong.line, wrong.step, wrong.legal, wrong.total) == ("r1", 4, "rent.reserved", 3, 5)
    assert wrong.states == ("in_progress",)
    assert wrong.allowed == (
        "rent.cancelled", "rent.collect_item", "rent.expired", "rent.extended", "rent.locker_opened", "rent.pin_attempt",
        "rent.price_calculation",
    )  # fmt: skip
    assert not report.conforms


def test_nothing_follows_the_end() -> None:
    over = stored("rent.collect_item", "rent.price_calculation", "rent.finished", "rent.in_progress")
    (wrong,) = checked(over).wrong
    assert (wrong.line, wrong.states, wrong.allowed) == (7, ("finished",), ())


def test_a_known_type_is_held_against_its_own_machine() -> None:
    assert checked([event("rent.reserved")]).whole == 1
    whose = {"_id": "r1", "type": "store"}
    assert checked([event("rent.reserved") | {"rent": whose}]).broken == 1
    assert checked([event("rent.reserved")], ("store", "send")).broken == 1


def test_a_log_is_sorted_by_its_instants_and_what_has_none_stays_where_it_is() -> None:
    names = (*STORED, "rent.cancelled")
    instants = ({"at": 1772366400000}, {"time": "2026-03-01T12:01:00Z"}, {"createdAt": 1772366520}, {"at": None})
    lines = [{**event(name), **at} for name, at in zip(names, instants, strict=True)]
    report = checked([lines[2], lines[0], lines[1], lines[3]])
    assert (report.whole, report.moved) == (1, 1)
    late = checked([lines[1], lines[0], lines[2], lines[3]])
    assert (late.whole, late.moved) == (1, 1)
    same = [event(name, createdAt="2026-03-01T12:00:00Z") for name in names]
    assert checked(same).whole == 1


def test_what_is_told_again_counts_once() -> None:
    lines = [event(name, _id=f"e{number}") for number, name in enumerate(STORED)]
    report = checked([lines[0], lines[0], lines[1], lines[0], lines[2], lines[2]])
    assert (report.whole, report.repeated, report.steps, report.bad) == (1, 3, 3, 0)
    other = checked([*lines, event("rent.expired", _id="e0")])
    assert (other.repeated, other.bad) == (1, 1)
    assert "the id e0 was rent.created before, and is rent.expired here" in other.unreadable[0].why


def test_what_is_unknown_is_told_and_changes_nothing() -> None:
    report = checked([*stored(), event("rent.levitated"), event("rent.levitated"), event("locker.locker_closed")])
    assert (report.whole, report.steps) == (1, 3)
    assert report.unknown == {"rent.levitated": 2}
    assert report.notes == {"locker.locker_closed": 1}


def test_an_offline_drop_off_is_told_by_two_events_in_either_order_or_by_one() -> None:
    two = ("rent.offline_dropoff", "rent.in_progress")
    for told_so in (two, two[::-1], two[:1], two[1:]):
        heard = hear("delivery", ("rent.reserved", *told_so, "rent.collect_item"))
        assert heard.obeys
        assert not heard.lost
    assert hear("store", (*STORED, "rent.in_progress")).lost


def test_an_update_may_be_told_as_an_extension_where_nothing_can_be_extended() -> None:
    assert hear("store", (*STORED, "rent.cancelled", "rent.extended")).obeys
    assert not hear("store", (*STORED, "rent.collect_item", "rent.extended")).obeys


def test_what_a_history_rests_on_is_told() -> None:
    heard = hear("store", (*STORED, "rent.expired", "rent.cancelled"))
    assert heard.readings == ("cancel_expired",)
    assert checked(stored("rent.expired", "rent.cancelled"), ("store",)).readings == {"cancel_expired": 1}


def test_coverage_tells_what_is_certain_from_what_may_be() -> None:
    report = checked(stored("rent.collect_item"), ("store",))
    assert report.rows == {"store": {"S01", "S02", "S03"}}
    assert report.perhaps == {"store": {"S10", "S22", "S24"}}
    assert report.every["store"] == len(rows_of("store"))
    unsure = checked(stored(), ("store", "send"))
    assert unsure.rows == {}
    assert unsure.perhaps == {"store": {"S01", "S02", "S03"}, "send": {"N01", "N02", "N03"}}


def test_a_delivery_that_went_on_as_a_return_covers_rows_of_both() -> None:
    word = ("rent.reserved", "rent.started", "rent.in_progress", "rent.expired", "rent.in_progress", "rent.collect_item")
    report = checked([event(name) for name in word], ("delivery",))
    assert report.whole == 1
    assert "D19" in report.rows["delivery"]
    assert report.perhaps["return"] == {"T22", "T24"}
    assert not report.perhaps["delivery"] & rows_of("return")


@pytest.mark.parametrize(
    "line",
    [
        {"codeName": "rent.created", "rent": "r1"},
        {"at": 1.0, "headers": {"x": "y"}, "body": {"codeName": "rent.created", "rent": "r1"}},
        {"payload": json.dumps({"type": "rent.created", "title": "A rent", "rent": "r1"})},
        {"rentID": "r1", "docs": [{"codeName": "rent.created"}]},
        {"status": 200, "body": {"docs": [{"codeName": "rent.created", "rent": "r1"}]}},
        [{"eventType": "rent.created", "rent": {"_id": "r1", "type": "store"}}],
    ],
)
def test_an_event_is_found_wherever_a_logger_puts_it(line: object) -> None:
    (entry,) = entries_of([json.dumps(line).encode()])
    assert isinstance(entry, recorded.Told)
    assert (entry.line, entry.rent, entry.name) == (1, "r1", "rent.created")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b'{"codeName": ', "it is not JSON: Expecting value at character 13"),
        (b"[" * 100_000, "it is not JSON"),
        (b"17", "a JSON object is wanted, and this is 17"),
        (b"[3]", "a list of something else"),
        (b'{"level": "info"}', "there is no event in it; its fields are level"),
        (b"{}", "there is no event in it; its fields are none"),
        (b'{"codeName": "rent.created"}', "rent.created names no rent"),
        (b'{"kind": "parcel", "case": "1", "row": "S01", "source": "a", "target": "b"}', "no machine is called 'parcel'"),
        (b'{"kind": "store", "row": "S01", "source": "a", "target": "b"}', "a step of a journal needs a case"),
    ],
)
def test_a_line_that_cannot_be_used_is_told_with_its_number_and_what_is_wrong(line: bytes, why: str) -> None:
    found = list(entries_of([b"\n", line]))
    assert [type(entry) for entry in found] == [Unreadable]
    assert found[0].line == 2
    assert why in found[0].why if isinstance(found[0], Unreadable) else False


def test_what_is_about_no_rent_is_counted() -> None:
    lines = [{"codeName": "bloq.reconnected"}, {"method": "GET", "path": "/rents"}, *stored()]
    assert checked(lines).asides == {"bloq events": 1, "requests": 1}


def test_journals_that_were_kept_are_legal_and_a_wrong_arrow_is_found(tmp_path: Path) -> None:
    for file in HISTORIES.glob("*.json"):
        report = check_file(file)
        assert report.conforms, file
        assert report.rows
    kept = json.loads((HISTORIES / "store-0.1.0.json").read_text())
    step = next(line for line in kept["histories"][0] if line["outcome"] == "moved" and line["source"] != "absent")
    step["target"] = "reserved"
    copy = tmp_path / "wrong.json"
    copy.write_text(json.dumps(kept, indent=1))
    (wrong, *_) = check_file(copy).wrong
    assert wrong.whose == "store/1"
    assert wrong.allowed


def test_a_file_may_be_one_value_over_many_lines_or_lines_with_a_broken_first(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text(json.dumps(stored(), indent=2))
    assert check_file(file).whole == 1
    file.write_text("nonsense\n" + "\n".join(map(json.dumps, stored())))
    report = check_file(file)
    assert (report.whole, report.bad, report.lines) == (1, 1, 4)
    file.write_bytes(b"")
    assert list(entries(file)) == []
    with pytest.raises(BadSettingsError, match="cannot be read"):
        check_file(tmp_path / "none")


def test_the_console_says_what_was_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "log.jsonl"
    lines = [*stored(), *(event(name, "r2") for name in (STORED[0], STORED[2], "rent.reserved")), "x", event("rent.levitated")]
    file.write_text("\n".join(map(json.dumps, lines)))
    assert judge_history(file, ("store",)) == 1
    said = capsys.readouterr().out
    assert "legal as they stand: 1; legal if events were lost: 0; not legal: 1" in said
    assert "not legal: r2, line 6, after 2 of 3 steps: rent.reserved cannot follow in in_progress" in said
    assert "before line 5, of r2: rent.started" in said
    assert "line 7 cannot be used: a JSON object is wanted" in said
    assert "not in the document: rent.levitated 1x" in said
    assert "coverage of store: 3 of 24 rows were seen" in said
    file.write_text("\n".join(map(json.dumps, stored())))
    assert judge_history(file) == 0
    file.write_text("")
    assert judge_history(file) == 2


def test_only_some_particulars_are_shown_and_all_are_counted() -> None:
    lines = [event("rent.finished", f"r{number}") for number in range(20)]
    lines += [event("rent.finished", f"r{number}") for number in range(20)]
    said = list(told(checked(lines), "log"))
    assert sum(line.startswith("not legal: r") for line in said) == 10
    assert "  ... and 10 more" in said


def brute(kind: str, word: tuple[str, ...]) -> tuple[int, int] | None:
    """The least that must be lost, and then to be believed, by trying everything: the same question, answered the slow way."""
    arrows = arrows_of(kind)
    here = {telling.Place(kind, "absent"): (0, 0)}
    for name in (*word, ""):
        for _ in range(12):
            for place, cost in list(here.items()):
                for arrow in arrows.get(place, ()):
                    further = (cost[0] + bool(arrow.event), cost[1] + bool(arrow.reading))
                    here[arrow.target] = min(here.get(arrow.target, further), further)
        if not name:
            break
        after: dict[telling.Place, tuple[int, int]] = {}
        for place, cost in here.items():
            for arrow in arrows.get(place, ()):
                if arrow.event == name:
                    further = (cost[0], cost[1] + bool(arrow.reading))
                    after[arrow.target] = min(after.get(arrow.target, further), further)
        here = after
    return min(here.values(), default=None)


def test_the_cheapest_explanation_is_the_cheapest_there_is() -> None:
    lasts = ("rent.in_progress", "rent.expired", "rent.collect_item")
    names = {
        "store": ("rent.created", "rent.locker_opened", "rent.finished", *lasts),
        "delivery": ("rent.reserved", "rent.offline_dropoff", "rent.extended", *lasts),
    }
    for kind, told_here in names.items():
        for word in product(told_here, repeat=4):
            heard, least = hear(kind, word), brute(kind, word)
            assert heard.obeys == (least is not None), word
            if least is not None:
                lost = sum(len(loss.events) for loss in heard.lost)
                assert (lost, len(heard.readings) > 0) == (least[0], least[1] > 0), word


def no_losses(self: hearing._Ear, start: hearing.Hop, *, lossy: bool) -> Iterable[hearing.Hop]:
    del lossy
    return right_ways(self, start, lossy=False)


def untimed(_: object) -> None:
    return None


def first_hop(self: hearing._Ear, place: telling.Place, name: str) -> dict[telling.Place, hearing.Hop]:
    return dict(list(right_found(self, place, name).items())[:1])


def certain(self: logbook._Judge, heard: Heard) -> None:
    for kind in heard.kinds:
        self._covered(kind, heard.rows[kind] | heard.perhaps[kind], self.report.rows)


def free_of_charge(way: hearing.Hop, arrow: telling.Arrow) -> hearing.Hop:
    return right_untold(way, arrow)._replace(cost=way.cost)


def keep_repeats(_: object, line: int, name: str, own: str, first: str) -> Iterator[tuple[int, str]]:
    del line, name, own, first
    yield from ()


right_ways, right_found, right_untold = hearing._Ear._ways, hearing._Ear._found, hearing._untold

MUTANTS: list[tuple[str, Mutant]] = [
    ("nothing is ever lost", Mutant(hearing._Ear, "_ways", no_losses, test_a_lost_event_is_named_with_its_place)),
    ("instants are not read", Mutant(recorded, "_instant", untimed,
                                     test_a_log_is_sorted_by_its_instants_and_what_has_none_stays_where_it_is)),
    ("one guess is followed", Mutant(hearing._Ear, "_found", first_hop, test_the_cheapest_explanation_is_the_cheapest_there_is)),
    ("a loss costs nothing", Mutant(hearing, "_untold", free_of_charge,
                                    test_the_cheapest_explanation_is_the_cheapest_there_is)),
    ("what may be is certain", Mutant(logbook._Judge, "_cover", certain,
                                      test_coverage_tells_what_is_certain_from_what_may_be)),
    ("what is told again is not counted", Mutant(logbook._Judge, "_again", keep_repeats, test_what_is_told_again_counts_once)),
    ("an update tells nothing", Mutant(telling, "UPDATES", frozenset[str](),
                                       test_an_update_may_be_told_as_an_extension_where_nothing_can_be_extended)),
    ("only what is whole is seconds", Mutant(recorded, "MILLISECONDS", 1e15,
                                             test_a_log_is_sorted_by_its_instants_and_what_has_none_stays_where_it_is)),
]  # fmt: skip


@pytest.mark.parametrize("mutant", [pytest.param(mutant, id=name) for name, mutant in MUTANTS])
def test_a_wrong_version_is_noticed(mutant: Mutant) -> None:
    forget: Callable[[], None] = hearing._ear.cache_clear
    forget()
    arrows_of.cache_clear()
    assert dies(mutant)
    forget()
    arrows_of.cache_clear()
