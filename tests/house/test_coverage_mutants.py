"""The tests that docs/coverage.txt cites can fail: a standing sample of wrong versions of the cited code, all of which they kill.

May not cite: code and test of a mutant are those of its row. Non-obvious choice: a mutant is a piece of text and what stands in
its place, so that a row whose code is rewritten loses its mutant loudly and not by and by; and each test is run with the text as
it is besides, or tests that cannot run at all would pass for those that kill everything.
"""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TypeAlias

ROOT = Path(__file__).parents[2]
Change: TypeAlias = tuple[str, str, str, list[str]]
PASSED, KILLED = 0, 1
"""pytest's exit codes where all tests that were collected passed, and where some failed."""

MUTANTS: tuple[tuple[str, str, str], ...] = (
    ("A1", "operation.confidence is not RouteConfidence.GIVEN", "operation.confidence is RouteConfidence.GIVEN"),
    ("A2", '"/deliveries/reserveLocker"', '"/deliveries"'),
    ("A3", '            "/bloqs/{bloqID}",\n            REPEATABLE', '            "/bloqs/{bloqID}/",\n            REPEATABLE'),
    ("A4", 'query=("rentID",)', "query=()"),
    ("A5", '("rentType", "return", "type")', '("rentType", "store", "type")'),
    ("A6", 'if state == "finished":', 'if state == "expired":'),
    ("A7", 'BRACKETS = "brackets"', 'BRACKETS = "commas"'),
    ("A10", "(list_of(item) if isinstance(item, list) else [item])", "[item]"),
    ("A13", "state not in BEFORE_DROP_OFF", "state in BEFORE_DROP_OFF"),
    ("A15", 'given.get("pick_up_code") is not None and', "False and"),
    ("A16", "    vocabulary = RENT_STATE", "    vocabulary = RENT_TYPE"),
    ("A17", "if isinstance(value, str | int):\n            return {", "if isinstance(value, bytes):\n            return {"),
    ("A18", 'remark("A18"', 'print("A18"'),
    ("A19", 'astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")', 'strftime("%Y-%m-%dT%H:%M:%S")'),
    ("A20", 'NOTHING = ("", "null")', 'NOTHING = ("",)'),
    ("A22", "{locker.id, locker.title} & set(self.names)", "{locker.id} & set(self.names)"),
    ("A23", "reply.status == ACCEPTED and", "reply.status == 299 and"),
    ("A24", 'fresh="external_id"', 'fresh=""'),
    ("A25", 'present({"name": location.name})', 'present({"name": location.name, "state": location.state})'),
    ("A34", "return next(shaped, words[0]", "return next(iter(words), words[0]"),
    ("A36", "return _written(json.loads(raw)).encode()", "return raw"),
    ("A37", "(https://", "(https?://"),
    ("A38", "if name.startswith(prefix)", "if name.endswith(prefix)"),
    ("A41", '?[A-Za-z]+"', '?[A-Za-z]*"'),
    ("A42", "swapped = (point[1], point[0])", "swapped = (point[0], point[1])"),
    ("A45", '"/bloqs/{bloqID}/print-label",\n            LOOK', '"/bloqs/{bloqID}/print",\n            LOOK'),
    ("A46", 'KNOWN_BAD = frozenset({"bloqIDInvalid"})', "KNOWN_BAD = frozenset[str]()"),
    ("A47", "def create(self, *, name", "def create(self, *, external_id: str | None = None, name"),
    ("A50", "api.demo.bloq.it/api/v1/public", "api.demo.bloq.it"),
    ("A52", 'given = _first_date(facts, ("expiry_at",))', "given = None"),
    ("A53", '"extend_revives_expired", Stance.REFUSE', '"extend_revives_expired", Stance.ACCEPT'),
    ("B:1745", 'DROP_OFF_FIELDS = ("dropoff_limit_at", ', "DROP_OFF_FIELDS = ("),
    ("B:2011", 'still=DROPPED_OFF - {"locker_opened"} | OVERDUE', 'still=DROPPED_OFF - {"locker_opened"}'),
    ("C2", 'TABLE = "stock_qunatity"', 'TABLE = "stock_quanity"'),
    ("C3", 'if whole["status"] != REJECTED or', "if True or"),
    ("C5", "for word in (status.status, status.status_text) if word", "for word in (status.status,) if word"),
    ("C7", "if name in branches), None)", "if name in branches), told[0] if told else None)"),
    ("C9", "order.payment_type or order.payment_method", "order.payment_type"),
    ("C10", 'NOTHING if facts.get("paid") else due', "due"),
    ("C11", " or (lat == 0 and lng == 0)", ""),
    ("C12", " or order.total_price == order.reckoned", ""),
    ("C13", "zone is None:", "zone is not None:"),
    ("C17", "exchange.status == UNAUTHORISED", "exchange.status == 499"),
    ("C22", "start + MOST_PRODUCTS", "start + 100"),
    ("C23", "if self.success is not False:", "if True:"),
    ("C24", "self.next_url is not None or (self.last is not None and number < self.last)", "number * 3 < 4"),
    ("C26", "    deleted_at: str | None = None\n    branches: list[ProductAtBranch]", "    branches: list[ProductAtBranch]"),
    ("C28", 'if "products" in body', 'if "product" in body'),
    ("E1", '"mappingCode": key', '"mappingCode": ""'),
    ("E2", "{effect.case_key}-R{", "{effect.case_key}{"),
    ("E3", '"taskId": effect.remote_id, "type": TASK_TYPE.write(effect.kind)', '"taskId": effect.remote_id, "type": 1'),
    ("E4", 'alternates=(("PUT", "/api/client/task/status"),)', "alternates=()"),
    ("E7", "news.event_id in TASK_EVENT.theirs", "news.event is None"),
    ("E8", "None if name == UPDATED else", "None if False else"),
    ("E10", "self.by_hand(mapping_key)", "print(mapping_key)"),
    ("E11", "due - reckoned", "NOTHING"),
    ("E12", 're.sub(r"[^0-9]", "", value) or value', "value"),
    ("E13", "and start >= end:", "and start < start:"),
    ("E15", "exchange.status == CONFLICT", "exchange.status == 499"),
    ("K:142", '3: "delivered", 4: "rejected"', '4: "delivered", 3: "rejected"'),
)
"""Row, what its code says, and what is wrong."""

EVENTS: tuple[tuple[str, str, str, str], ...] = (
    ("bloq.reconnected", "machines/vendor.py", '        "bloq.reconnected",\n', ""),
    (
        "rent.extended",
        "machines/kinds/rent.py",
        'signals="rent.extended",\n        guard=LATER_EXPIRY, evidence',
        "guard=LATER_EXPIRY, evidence",
    ),
    ("locker.open_warning", "machines/vendor.py", '        "locker.open_warning",\n', ""),
    ("order.status_2", "machines/kinds/order.py", "signals=STATUS[2], guard=DELIVERED_OUT,", "guard=DELIVERED_OUT,"),
    ("task_reassigned", "machines/vendor.py", '29: "task_reassigned"', '30: "task_reassigned"'),
    ("rent.offline_dropoff", "machines/kinds/delivery.py", 'signals="rent.offline_dropoff",', ""),
    ("rent.pin_attempt", "adapters/bloqit/wire.py", 'NAME_FIELDS = ("codeName", ', "NAME_FIELDS = ("),
)
"""Event, a file on its way, what that says, and what is wrong."""


def test_enough_rows_are_shown_to_be_proven() -> None:
    assert len({row for row, *_ in MUTANTS}) == len(MUTANTS) >= 30
    assert {row[0] for row, *_ in MUTANTS} == set("ABCEK")


def test_the_cited_tests_fail_where_the_cited_code_is_wrong() -> None:
    spec = spec_from_file_location("docs_coverage", ROOT / "docs" / "coverage.py")
    assert spec is not None
    assert spec.loader is not None
    script = module_from_spec(spec)
    spec.loader.exec_module(script)
    cited = {what.partition(" ")[0]: refs for what, refs in script.entries().items()}
    told = {what.split("`")[1]: test for what, _, test in script.events()}
    wrong = {row: (cited[row][0].partition("::")[0], old, new, ["tests/" + cited[row][1]]) for row, old, new in MUTANTS}
    wrong |= {name: (file, old, new, ["tests/" + told[name]]) for name, file, old, new in EVENTS}
    file, old, *_ = wrong["A1"]
    right = (file, old, old, sorted({test for *_, tests in wrong.values() for test in tests}))
    passed, *codes = _codes([right, *wrong.values()])
    assert passed == PASSED
    assert {row: code for row, code in zip(wrong, codes, strict=True) if code != KILLED} == {}


def _codes(changes: list[Change]) -> list[int]:
    """What became of each, half of them tried beside the other half."""
    with ThreadPoolExecutor(2) as both:
        found: list[list[int]] = list(both.map(_tried, (changes[: len(changes) // 2], changes[len(changes) // 2 :])))
    return [code for codes in found for code in codes]


def _tried(changes: list[Change]) -> list[int]:
    script = (sys.executable, str(ROOT / "tests" / "support" / "wrongly.py"))
    return json.loads(subprocess.run(script, input=json.dumps(changes), capture_output=True, text=True, check=True).stdout)
