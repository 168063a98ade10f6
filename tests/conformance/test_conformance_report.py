"""What a run is told as: verdicts, files, reproductions, and nothing private in any of them."""

# pyright: reportPrivateUsage=false
# A mutant is the code under test with one wrong line; it has to reach inside.

import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from corner import MENDED, serving, shop
from killing import Mutant, dies
from rich.console import Console

from parcelflow.adapters.operation import Reply, Request
from parcelflow.adapters.sender import Lost
from parcelflow.conformance import AsgiDriver, Finding, KindReport, Level, Options, Record, Report, conformance
from parcelflow.conformance.replay import replay
from parcelflow.conformance.report import Cell, Recorder, Verdict, cells, explained, folder, told, verdicts, write
from parcelflow.conformance.report import demands as demanding
from parcelflow.conformance.report import program as programs
from parcelflow.conformance.report.folder import shown
from parcelflow.conformance.report.kept import read
from parcelflow.conformance.report.page import bare
from parcelflow.conformance.report.program import After, Variable, program
from parcelflow.conformance.report.shell import shell
from parcelflow.conformance.report.telling import verdict_line
from parcelflow.conformance.report.testfile import as_test
from parcelflow.conformance.report.verdicts import counted
from parcelflow.machines import BadSettingsError

if TYPE_CHECKING:
    from conftest import Ran

TODAY = datetime(2026, 3, 1, 12, tzinfo=UTC)
URL = "http://127.0.0.1:1"


def _cells(report: Report) -> dict[tuple[str, str], Cell]:
    return {(cell.spot, cell.input): cell for kind in report.kinds for cell in cells(report, kind)}


def _finding(ran: "Ran", check: str) -> Finding:
    return next(finding for finding in ran.report.findings if finding.check == check)


def _again(check: str, records: list[Record], **given: str) -> Finding:
    about = {"spot": "store starting with locker", "expected": "", "got": "", **given}
    return Finding(check=check, kind="store", word=("start",), records=tuple(records), **about)  # pyright: ignore[reportArgumentType]


def _record(request: Request, answer: object, operation: str = "bloqit.rents.get", *, seconds: float = 0.1) -> Record:
    return Record(1, "word-1", operation, request, Reply(200, {}, json.dumps(answer).encode()), seconds)


def _created(**body: object) -> Record:
    request = Request(method="POST", path="/stores", query=(("lockerID", "L7"),), body=json.dumps(body).encode())
    return _record(request, {"_id": "R1", "startDate": "2026-03-01T12:00:00Z"}, "bloqit.stores.start")


def _pasted(script: str, **env: str) -> subprocess.CompletedProcess[str]:
    shell_path = shutil.which("sh") or "sh"
    plain = {name: value for name, value in os.environ.items() if name != "API_KEY"}
    return subprocess.run((shell_path, "-c", script), capture_output=True, text=True, check=False, env={**plain, **env})


def test_every_cell_has_a_verdict_and_those_that_failed_have_their_finding(ran: "Ran") -> None:
    found = _cells(ran.report)
    failed = found["store starting with locker", "finish"]
    assert failed.verdict is Verdict.FAIL
    assert [finding.check for finding in failed.findings] == ["refusal-status"]
    assert failed.name == "store: starting with locker--finish"
    assert found["store starting with locker", "cancel"].verdict is Verdict.PASS
    assert found["store finished", "finish"].verdict is Verdict.FAIL
    assert found["store finished", "expire"].verdict is Verdict.NOT_TESTABLE
    assert found["store finished", "expire"].why == "no hook advance_clock"
    assert found["store finished", "extend"].why == "no route (404)"
    assert found["", "a locker has one unfinished rent"].verdict is Verdict.FAIL
    assert found["", "pages hold every rent once"].verdict is Verdict.NOT_TESTABLE
    assert found["", "a new rent has what it was created with"].verdict is Verdict.PASS
    assert set(ran.report.kinds[0].possible) <= set(found)
    assert sum(counted(tuple(found.values())).values()) == len(found)


def test_what_was_not_reached_is_inconclusive_and_not_left_out() -> None:
    module = shop()
    with AsgiDriver(module.app, api_key=module.KEY) as driver:
        report = conformance(driver, Options(kinds=("store",), level=Level.SMOKE, budget=150))
    assert report.spent
    whys = {cell.why for cell in _cells(report).values() if cell.verdict is Verdict.INCONCLUSIVE}
    assert "the budget of requests was spent before" in whys
    assert "the budget ended it" in verdict_line(report)


def test_a_server_that_was_mended_conforms() -> None:
    module = shop(*MENDED)
    with AsgiDriver(module.app, api_key=module.KEY) as driver:
        report = conformance(driver, Options(kinds=("store",), level=Level.SMOKE))
    assert [finding.id for finding in report.findings] == []
    assert {cell.verdict for cell in _cells(report).values()} == {Verdict.PASS, Verdict.NOT_TESTABLE}
    assert verdict_line(report).startswith("conforms; ")


def test_a_person_is_told_everything(ran: "Ran") -> None:
    said = io.StringIO()
    told(ran.report, Console(file=said, width=140), base_url=URL, today=TODAY, stale=("gone",))
    text = said.getvalue()
    for words in (
        "expected      409", "came          400", "[B:54]", "shortest way  start a store; finish it without opening",
        'RENT="$(printf %s "$ANSWER" | of _id)"', f'BASE_URL="${{BASE_URL:-{URL}}}"', "baseline: gone", "no hook advance_clock",
        "rows taken", "payment_attempts of a store in price_calculation: no", "does not conform: 2 violation(s) found",
        "would prove",
    ):  # fmt: skip
        assert words in text
    assert re.search(r"store starting with locker +· · · · X", text)


def test_the_files_of_a_run(ran: "Ran", tmp_path: Path) -> None:
    with Recorder(tmp_path) as record:
        for one in ran.records:
            record(one)
    (tmp_path / "reproductions").mkdir()
    (tmp_path / "reproductions" / "old.sh").write_text("of the run before")
    picture = '<?xml version="1.0"?>\n<!DOCTYPE svg>\n<svg><script>alert(1)</script><g/></svg>'
    files = write(tmp_path, ran.report, base_url=URL, today=TODAY, pictures={"store": picture})
    assert {file.relative_to(tmp_path).as_posix() for file in files} >= {"report.json", "junit.xml", "report.html", "summary.md"}
    assert not (tmp_path / "reproductions" / "old.sh").exists()
    lines = [json.loads(line) for line in (tmp_path / "requests.ndjson").read_text().splitlines()]
    assert len(lines) == len(ran.records) == ran.report.requests
    html = (tmp_path / "report.html").read_text()
    assert "<svg><g/></svg>" in html
    assert not re.search(r"""(src|href)=["'](?!#)|@import|url\(""", html)
    assert 'href="#refusal-status~store-starting-with-locker~finish"' in html
    assert 'id="refusal-status~store-starting-with-locker~finish"' in html
    assert "| store | " in (tmp_path / "summary.md").read_text()


def test_junit_has_one_item_for_each_cell(ran: "Ran", tmp_path: Path) -> None:
    write(tmp_path, ran.report, base_url=URL, today=TODAY)
    (suite,) = ET.parse(tmp_path / "junit.xml").getroot()  # noqa: S314 - our own file
    found = _cells(ran.report)
    assert suite.attrib["tests"] == str(len(suite)) == str(len(found))
    failures = {item.attrib["name"]: item.find("failure") for item in suite if item.find("failure") is not None}
    assert suite.attrib["failures"] == str(len(failures)) == str(sum(cell.verdict is Verdict.FAIL for cell in found.values()))
    failure = failures["store: starting with locker--finish"]
    assert failure is not None
    assert "expected: 409" in (failure.text or "")
    assert suite.attrib["skipped"] == str(sum(item.find("skipped") is not None for item in suite))


def test_what_reaches_a_person_or_opens_a_door_is_in_no_file() -> None:
    body = json.dumps(
        {"phoneNumber": "+351910000001", "pickUpCodes": {"user": "417263"}, "note": "call +351 910 000 002"}
    ).encode()
    answer = Reply(
        200, {}, json.dumps({"dropOffCode": "12345678", "state": "STARTING", "codes": ["someone@example.com"]}).encode()
    )
    request = Request(method="POST", path="/sends", query=(("customerPhone", "+351910000003"),), body=body)
    line = json.dumps(shown(Record(1, "w", "bloqit.sends.start", request, answer, 0.1)))
    for secret in ("910", "417263", "12345678", "someone@"):
        assert secret not in line
    assert "STARTING" in line
    lost = shown(Record(2, "w", "", replace(request, body=b"\xff"), Lost("cut for someone@example.com"), 0.1))
    assert lost["status"] is None
    assert "someone" not in json.dumps(lost)
    assert lost["body"] == "1 bytes that are not JSON"


def test_a_report_that_is_kept_is_read_again(ran: "Ran", tmp_path: Path) -> None:
    write(tmp_path, ran.report, base_url=URL, today=TODAY, hooks="/a/hooks.toml")
    kept = read(tmp_path)
    assert (kept.base_url, kept.hooks, kept.options.level, kept.options.kinds) == (URL, "/a/hooks.toml", Level.SMOKE, ("store",))
    assert {finding.id for finding in kept.findings} == {finding.id for finding in ran.report.findings}
    finding = kept.finding("refusal")
    assert (finding.word, finding.rows, finding.repeated) == (("start", "finish"), ("S02",), (3, 3))
    with pytest.raises(BadSettingsError, match="names no finding of this report; there are: "):
        kept.finding("nothing")
    with pytest.raises(BadSettingsError, match="names several findings"):
        kept.finding("")
    (tmp_path / "report.json").write_text('{"version": 99}')
    with pytest.raises(BadSettingsError, match="no report of this version"):
        read(tmp_path)
    with pytest.raises(BadSettingsError, match="there is no report in"):
        read(tmp_path / "nowhere")


@pytest.mark.parametrize("check", ["refusal-status", "one-rent"])
def test_a_finding_is_met_again_and_not_on_a_server_that_was_mended(ran: "Ran", check: str) -> None:
    finding = replace(_finding(ran, check), records=())
    options = Options(level=Level.SMOKE)
    for module, failed in ((shop(), 3), (shop(*MENDED), 0)):
        with AsgiDriver(module.app, api_key=module.KEY) as driver:
            came = replay(driver, finding, options)
        assert (came.failed, came.tried, came.why) == (failed, 3, "")


def test_a_way_that_a_server_does_not_have_is_not_tried_again(ran: "Ran") -> None:
    module = shop()
    with AsgiDriver(module.app, api_key=module.KEY) as driver:
        came = replay(driver, replace(_finding(ran, "refusal-status"), word=("start", "expire")), Options())
    assert (came.tried, came.why) == (0, "this server, as it reads the document, has no such way: start expire")


def test_the_lines_can_be_pasted_and_show_what_was_found(ran: "Ran") -> None:
    if shutil.which("curl") is None:
        pytest.skip("no curl here")
    module = shop()
    finding = _finding(ran, "refusal-status")
    with serving(module.app) as url:
        script = shell(program(finding, today=TODAY), kind="store", base_url=url, comments=("a finding",))
        run = _pasted(script, API_KEY=module.KEY)
        keyless = _pasted(script)
    assert run.returncode == 0, run.stderr
    assert "\n400\n" in run.stdout
    assert "LOCKER=L1" in run.stdout
    assert "RENT=R1" in run.stdout
    assert keyless.returncode != 0
    assert "export API_KEY=" in keyless.stderr
    assert module.KEY not in script


def test_the_pytest_file_fails_on_the_server_and_passes_where_it_was_mended(ran: "Ran", tmp_path: Path) -> None:
    for finding in ran.report.findings:
        name = "test_" + re.sub(r"\W", "_", finding.id) + ".py"
        (tmp_path / name).write_text(as_test(program(finding, today=TODAY), finding, base_url=URL))
    for module, wanted in ((shop(), 1), (shop(*MENDED), 0)):
        with serving(module.app) as url:
            run = subprocess.run(
                (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), str(tmp_path)),
                capture_output=True, text=True, check=False, env={**os.environ, "BASE_URL": url, "API_KEY": module.KEY},
            )  # fmt: skip
        assert run.returncode == wanted, run.stdout
        assert ("2 failed" if wanted else "2 passed") in run.stdout


def test_ids_are_captured_codes_are_new_and_dates_follow_the_servers_clock() -> None:
    created = _created(externalID="word-1", dropOffCode="123", expiryDate="2026-03-01T13:00:00Z", tags=["a"])
    hook = Request(method="POST", path="//sim/lockers/L7/open", body=json.dumps({"rent": "R1"}).encode())
    again = Request(method="GET", path="/rents/R1")
    made = program(_again("state", [created, _record(hook, {}), _record(again, {})]), today=datetime(2027, 1, 1, tzinfo=UTC))
    first, second, third = made.sent
    assert first.body == {
        "externalID": Variable("EXTERNAL"), "dropOffCode": Variable("DROP_OFF_CODE"), "expiryDate": After(3600), "tags": ["a"],
    }  # fmt: skip
    assert first.captures == {"RENT": ("_id",)}
    assert second.root
    assert second.path == ("", "/", "sim", "/", "lockers", "/", Variable("LOCKER"), "/", "open")
    assert third.path == ("", "/", "rents", "/", Variable("RENT"))
    assert made.now == TODAY
    assert program(_again("state", [created]), today=TODAY).now is None
    script = shell(made, kind="store", base_url=URL)
    assert r"\"expiryDate\": \"$(later 3600)\"" in script
    assert '"$ROOT/sim/lockers/${LOCKER}/open"' in script


def test_requests_that_were_sent_at_once_are_sent_at_once_again() -> None:
    both = [_record(Request(method="PUT", path=f"/rents/R1/{word}"), {}, "", seconds=0.0) for word in ("cancel", "finish")]
    look = _record(Request(method="GET", path="/rents/R1"), {})
    finding = _again("race", [_created(), *both, look, look], got="200 and 200; then store cancelled")
    made = program(finding, today=TODAY)
    assert [sent.at_once for sent in made.sent] == [0, 1, 1, 0]
    lines = shell(made, kind="store", base_url=URL).splitlines()
    assert [line.endswith(" &") for line in lines[-4:]] == [True, True, False, False]
    assert lines[-2] == "wait"
    text = as_test(made, finding, base_url=URL)
    compile(text, "test.py", "exec")
    assert "with ThreadPoolExecutor(2) as pool:" in text
    assert "assert came != ((200, 200), 'store cancelled')" in text


@pytest.mark.parametrize(
    ("check", "expected", "got", "demand"),
    [
        ("accepted", "2xx", "409", "assert answers[0].status_code < 400"),
        ("refused", "refused with 400 or 409", "200", "assert answer.status_code in (400, 409)"),
        ("refused", "refused", "200", "assert answer.status_code in range(400, 500)"),
        ("server-error", "any answer", "500", "assert max(answer.status_code for answer in answers) < 500"),
        ("unknown-id", "404", "200", "assert answers[1].status_code in (404,)"),
        ("state", "store finished", "store cancelled", "assert shown(body(answers[-1])) == 'store finished'"),
        ("trace", "unchanged", "changed", "assert answers"),
        ("limit", "a date", "another", "timedelta(seconds=3600)"),
        ("locker", "the locker L7", "the locker L8", "== LOCKER"),
        ("locker", "the locker L9", "the locker L8", "assert came != (200, wrong)"),
        ("allocation", "allocated to the rent", "rent of the locker: None", "assert RENT in holders"),
        ("allocation", "free of the rent", "rent of the locker: R1", "assert RENT not in holders"),
        ("door", "open", "closed", "assert any(doors)"),
        ("history", "rent.a > rent.b", "rent.b", "names not in (['rent.b'], ['rent.b'])"),
        ("paging", "3", "0", "wrong = {'state': 'STARTING', 'locker': 'LOCKER'}"),
    ],
)
def test_what_a_test_demands_is_what_the_check_demands(check: str, expected: str, got: str, demand: str) -> None:
    look = _record(Request(method="GET", path="/rents/R1"), {"state": "STARTING", "createdAt": "2026", "locker": "L7"})
    finding = _again(check, [_created(expiryDate="2026-03-01T13:00:00Z"), look], expected=expected, got=got)
    text = as_test(program(finding, today=TODAY), finding, base_url=URL)
    compile(text, "test.py", "exec")
    assert demand in text or check == "trace"


def test_a_code_is_explained_with_its_line() -> None:
    assert dict(explained("refusal-status"))["document"] == "B:54"
    assert dict(explained("refusal-status~store-finished~cancel"))["met at"] == "store finished"
    assert dict(explained("d09"))["document"].startswith("B:")
    assert dict(explained("no courier comes"))["as a word"] == "reserve expire finish"
    assert list(explained("nothing")) == []


def test_an_svg_may_stand_in_a_page() -> None:
    assert bare("<?xml?><svg a='1'><g/></svg>") == "<svg a='1'><g/></svg>"
    assert bare("no picture") == ""


def _verdicts(report: Report) -> None:
    found = _cells(report)
    failed = found["store starting with locker", "finish"]
    assert (failed.verdict, failed.why) == (Verdict.FAIL, "")
    assert found["", "a locker has one unfinished rent"].verdict is Verdict.FAIL
    assert found["store starting with locker", "cancel"].verdict is Verdict.PASS
    assert found["store finished", "expire"].verdict is Verdict.NOT_TESTABLE
    assert found["", "pages hold every rent once"].verdict is Verdict.NOT_TESTABLE


def _demand() -> None:
    look = _record(Request(method="GET", path="/rents/R1"), {"state": "STARTING"})
    finding = _again("allocation", [_created(), look], expected="allocated to the rent", got="rent of the locker: None")
    assert "assert RENT in holders" in as_test(program(finding, today=TODAY), finding, base_url=URL)


def _by_check(finding: Finding) -> tuple[str, str]:
    return "", finding.check


def _passed(kind: KindReport, place: tuple[str, str]) -> Cell:
    return Cell(kind.kind, *place, verdict=Verdict.PASS)


def _accepted(_found: object, _ids: object) -> Verdict:
    return Verdict.KNOWN


def _as_it_is(value: object) -> object:
    return value


def _alone(_record: object) -> bool:
    return False


def _everything(finding: Finding) -> Sequence[Record]:
    return finding.records


def _never(_records: object) -> Iterator[datetime]:
    return iter(())


@pytest.mark.parametrize(
    ("place", "name", "wrong", "check"),
    [
        (verdicts, "_place", _by_check, None),
        (verdicts, "_untestable", _passed, None),
        (verdicts, "_of", _accepted, None),
        (folder, "_quiet", _as_it_is, test_what_reaches_a_person_or_opens_a_door_is_in_no_file),
        (folder, "quiet_query", dict, test_what_reaches_a_person_or_opens_a_door_is_in_no_file),
        (folder, "cleaned", str, test_what_reaches_a_person_or_opens_a_door_is_in_no_file),
        (programs, "_is_beside", _alone, test_requests_that_were_sent_at_once_are_sent_at_once_again),
        (programs, "_concerned", _everything, test_requests_that_were_sent_at_once_are_sent_at_once_again),
        (programs, "CHOSEN", {}, test_ids_are_captured_codes_are_new_and_dates_follow_the_servers_clock),
        (programs, "_started", _never, test_ids_are_captured_codes_are_new_and_dates_follow_the_servers_clock),
        (demanding, "DEMANDS", {}, _demand),
    ],
)
def test_a_wrong_report_is_noticed(ran: "Ran", place: object, name: str, wrong: object, check: Callable[[], None] | None) -> None:
    right = check or partial(_verdicts, ran.report)
    right()
    assert dies(Mutant(place, name, wrong, right))
