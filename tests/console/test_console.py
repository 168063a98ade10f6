"""The main job over real HTTP, as a user runs it, and what the command line says to wrong input."""

import io
import json
import re
import shutil
import socket
import sqlite3
import subprocess
from collections.abc import Generator
from contextlib import closing, contextmanager
from dataclasses import fields
from pathlib import Path

import httpx
import pytest
from rich.console import Console
from rich.live import Live
from shell import COMMAND, in_a_process, parcelflow

from parcelflow.adapters.blink.client import Blink
from parcelflow.adapters.bloqit.client import Bloqit
from parcelflow.adapters.catalogue import EVERY
from parcelflow.adapters.routes import load as load_routes
from parcelflow.console.reckoning import reckon
from parcelflow.console.service import Service, idle_engine, running
from parcelflow.console.settings import Settings, load
from parcelflow.console.stage import stage
from parcelflow.engine import InboxStatus, SystemClock
from parcelflow.machines import MACHINES, Arrival, BadSettingsError, Cause, Event, table_of
from parcelflow.simulator import World, served

PAYLOAD = b'{"blink_order_id": "77", "type": "PICK-UP", "branch_id": "1", "products": []}'


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """The demo, run once, with no program to be found on the PATH."""
    folder = tmp_path_factory.mktemp("demo") / "out"
    return folder, in_a_process("demo", "--folder", str(folder), PATH="", COLUMNS="160")


def test_the_demo_ends_where_it_should(shown: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    folder, run = shown
    assert run.returncode == 0, run.stdout + run.stderr
    assert "every case ended where it should, and the simulator's record agrees" in run.stdout
    assert "killed; the door is open, and nobody has heard the answer" in run.stdout
    assert {file.name for file in (folder / "pictures").glob("*.svg")} >= {"order.svg", "delivery-1236590.svg"}


def test_the_reckoning_sees_a_world_that_disagrees(shown: tuple[Path, subprocess.CompletedProcess[str]], tmp_path: Path) -> None:
    """The finished demo against another world, in which nothing has happened, and with one case ended elsewhere."""
    folder = shutil.copytree(shown[0], tmp_path / "copy")
    with closing(sqlite3.connect(folder / "parcelflow.db")) as database, database:
        database.execute("UPDATE \"case\" SET state = 'rejected' WHERE kind = 'order' AND key = '1236589'")
    said = io.StringIO()
    with stage() as empty, Live(console=Console(file=said, width=200)) as live:
        assert not reckon(empty, folder, live)
    for fault in (
        "order/1236589 should be delivered and is rejected",
        "task/1236590: the simulator says None, we say finished",
        "logistics.tasks.create of XYZAB-12345 happened 1 times by our record and 0 times by the simulator's",
        "NOT as it should be",
    ):
        assert fault in said.getvalue()


def test_cases_case_and_diagram_work_on_its_folder_afterwards(shown: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    folder, _ = shown
    listed = parcelflow("cases", "--folder", str(folder), COLUMNS="160")
    assert listed.returncode == 0
    assert listed.stdout.count("finished") == 6
    told = parcelflow("case", "delivery/1236592", "--folder", str(folder), COLUMNS="200")
    assert "answer to bloqit.deliveries.make" in told.stdout
    for name in ("delivery/1236590", "1236589", "task"):
        file = folder / f"{name.replace('/', '-')}.svg"
        drawn = parcelflow("diagram", name, "-o", str(file), "--folder", str(folder))
        assert drawn.returncode == 0, drawn.stderr
        assert b"<svg" in file.read_bytes()
    assert in_a_process("diagram", "order").stdout.startswith("digraph")


def test_a_machine_is_drawn_as_it_is_asked_for(tmp_path: Path) -> None:
    for kind in MACHINES:
        text = parcelflow("diagram", kind, "--format", "dot", "--detail", "evidence").stdout
        assert [row.id for row in table_of(kind).rows if row.id not in text] == [], kind
    assert parcelflow("diagram", "store", "--format", "mermaid").stdout.startswith('---\ntitle: "Bloq.it rent of type store"')
    assert "  make requested" not in parcelflow("diagram", "delivery", "--detail", "states").stdout
    assert "  make requested" in parcelflow("diagram", "delivery", "--detail", "causes").stdout
    light, dark = (parcelflow("diagram", "order", "--theme", theme).stdout for theme in ("light", "dark"))
    assert 'bgcolor="white"' in light
    assert 'bgcolor="white"' not in dark
    later = parcelflow("diagram", "send", "--api-level", "1.64", "--against", "send").stdout
    assert "1 added, 0 removed, 0 lead elsewhere" in later
    for name, start in (("a.mmd", b"---"), ("a.pdf", b"%PDF"), ("a.png", b"\x89PNG"), ("a.dot", b"digraph")):
        assert parcelflow("diagram", "location", "-o", str(tmp_path / name)).returncode == 0
        assert (tmp_path / name).read_bytes().startswith(start)
    assert parcelflow("diagram", "location", "-o", str(tmp_path / "a.bin"), "--format", "svg").returncode == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("case", "nobody"), "there is no case 'nobody'; `parcelflow cases` lists them"),
        (("case", "1236590"), "'1236590' names several cases: "),
        (("case", "delivery/1"), "there is no delivery with the key '1'"),
        (("diagram", "order", "-o", "x.bmp"), "x.bmp does not say which picture it wants; end it in .svg, .png, .pdf, .dot"),
        (("diagram", "order", "-o", "no/x.mmd"), "no/x.mmd cannot be written: No such file or directory"),
        (
            ("diagram", "order", "--format", "png"),
            "png is no text for a terminal; give it a file with -o, or take dot, mermaid, svg",
        ),
        (("diagram", "order", "--against", "rent"), "no machine is called 'rent'; there are: store, send, delivery, return"),
        (("diagram", "rent"), "'rent' is no machine (store, send, delivery, return, order, task"),
    ],
)
def test_wrong_input_is_answered_in_one_sentence(
    words: tuple[str, ...], said: str, shown: tuple[Path, subprocess.CompletedProcess[str]]
) -> None:
    run = parcelflow(*words, "--folder", str(shown[0]))
    assert run.returncode == 2
    assert run.stderr.startswith("parcelflow: ")
    assert said in run.stderr
    assert "Traceback" not in run.stderr


def test_a_folders_policies_and_version_are_what_is_shown_of_its_cases(
    shown: tuple[Path, subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    folder = shutil.copytree(shown[0], tmp_path / "copied")
    name = "delivery/1236590"
    for level, arrows in (("1.35", 1), ("1.64", 2)):
        load(shown[0]).model_copy(update={"api_level": level}).save(folder)
        drawn = parcelflow("diagram", "delivery", "--folder", str(folder)).stdout
        assert drawn.count("  open requested") == arrows
        assert parcelflow("case", name, "--folder", str(folder)).returncode == 0
    load(shown[0]).model_copy(update={"api_level": "2"}).save(folder)
    assert "no differences are known for api_level '2'" in parcelflow("case", name, "--folder", str(folder)).stderr


def test_a_folder_that_is_none_is_named(tmp_path: Path) -> None:
    assert "there is no " in parcelflow("cases", "--folder", str(tmp_path)).stderr
    assert "cannot be read (No such file or directory)" in in_a_process("run", "--folder", str(tmp_path)).stderr
    (tmp_path / "parcelflow.json").write_text('{"bloqit": 5, "path_token": "short", "typo": 1, "bloqit_api_key": "hush"}')
    with pytest.raises(BadSettingsError, match="bloqit: Input should be a valid string") as caught:
        load(tmp_path)
    assert "path_token" in str(caught.value)
    assert "typo: Extra inputs are not permitted" in str(caught.value)
    assert "hush" not in str(caught.value)


def test_a_port_that_cannot_be_had_is_named(shown: tuple[Path, subprocess.CompletedProcess[str]], tmp_path: Path) -> None:
    assert "99999 is not in the range 0<=x<=65535" in parcelflow("simulate", "--port", "99999").stderr
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = int(taken.getsockname()[1])
        load(shown[0]).model_copy(update={"port": port}).save(tmp_path)
        for words in (("simulate", "--port", str(port)), ("run", "--folder", str(tmp_path))):
            run = in_a_process(*words)
            assert run.returncode == 2
            assert "cannot listen on " in run.stderr
            assert "Address already in use" in run.stderr


def test_the_simulators_first_line_is_one_json_object() -> None:
    with subprocess.Popen((*COMMAND, "simulate", "--port", "0"), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        bad = httpx.get(told["bloqit"] + "/rents", headers={"X-API-KEY": "wrong"}, trust_env=False, timeout=60)
        process.terminate()
    assert set(told) >= {"bloqit", "blink", "logistics", "bloqit_api_key", "blink_username", "blink_password", "logistics_token"}
    assert told["bloqit"].startswith("http://127.0.0.1:")
    assert bad.status_code == 401


SETTINGS = Settings.model_validate(
    {
        "bloqit": "http://127.0.0.1:9/bloqit",
        "blink": "http://127.0.0.1:9/blink",
        "logistics": "http://127.0.0.1:9/logistics",
        "bloqit_api_key": "k",
        "blink_username": "u",
        "blink_password": "p",
        "logistics_token": "t",
        "webhook_secret": "Y2No6tuPrX",
        "path_token": "a-path-token-that-is-long",
    }
)


@contextmanager
def listening(folder: Path) -> Generator[tuple[Service, httpx.Client], None, None]:
    with running(folder, SETTINGS) as service, httpx.Client(trust_env=False, timeout=30) as http:
        yield service, http


BAD: dict[str, tuple[str, bytes, dict[str, str], int]] = {
    "unsigned": ("bloqit", b'{"_id": "1", "codeName": "rent.started"}', {}, 401),
    "wrongly signed": ("bloqit", b'{"_id": "1"}', {"signature": "eyJhbGciOiJIUzI1NiJ9.MS57fQ.AAAA"}, 401),
    "truncated": ("orders", PAYLOAD[:-9], {}, 400),
    "10 MB": ("orders", b'{"x": "' + b"a" * 10_000_000 + b'"}', {}, 413),
    "not JSON": ("orders", b"hello", {}, 400),
    "not an object": ("tasks", b"[1, 2]", {}, 400),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused_as_documented_and_not_stored(name: str, tmp_path: Path) -> None:
    door, body, headers, status = BAD[name]
    with listening(tmp_path) as (service, http):
        url = {"bloqit": service.bloqit_url, "orders": service.orders_url, "tasks": service.tasks_url}[door]
        answer = http.post(url, content=body, headers=headers)
        wrong = http.post(service.orders_url.replace("a-path", "b-path"), content=PAYLOAD)
        assert (answer.status_code, wrong.status_code) == (status, 404)
        assert set(answer.json()) == {"error"}
        assert "Traceback" not in answer.text
        assert service.engine.views.inbox() == []


def test_what_is_accepted_is_stored_whatever_it_says(tmp_path: Path) -> None:
    unknown = b'{"eventId": 77, "event": "TASK_TELEPORTED", "data": {"taskId": "never-heard-of", "type": 1}}'
    with listening(tmp_path) as (service, http):
        assert http.post(service.orders_url, content=PAYLOAD).json() == {"accepted": True}
        assert http.post(service.orders_url, content=PAYLOAD).json() == {"accepted": True, "duplicate": True}
        assert http.post(service.tasks_url, content=unknown).json() == {"accepted": True}
        service.engine.drain()
        rows = service.engine.views.inbox()
        assert [(row.raw, row.status) for row in rows] == [(PAYLOAD, InboxStatus.DONE), (unknown, InboxStatus.PARKED)]


def test_secrets_are_in_a_file_for_its_owner_alone(tmp_path: Path) -> None:
    SETTINGS.save(tmp_path)
    assert (tmp_path / "parcelflow.json").stat().st_mode & 0o077 == 0
    assert load(tmp_path) == SETTINGS
    assert "Y2No6tuPrX" not in repr(SETTINGS)


def test_every_operation_is_listed_with_its_route_and_a_folders_overrides(tmp_path: Path) -> None:
    (tmp_path / "routes.json").write_text('{"bloqit.stores.start": "PUT /v2/stores"}')
    listed = parcelflow("routes", "--folder", str(tmp_path))
    assert listed.returncode == 0, listed.stderr
    lines = {line.split()[0]: line.split()[1:] for line in listed.stdout.splitlines()[1:]}
    assert set(lines) == set(EVERY)
    assert lines["bloqit.stores.start"][:3] == ["PUT", "/v2/stores", "confirmed"]
    assert lines["bloqit.deliveries.make"][-2:] == ["D09", "D10"]


def test_the_doctor_finds_the_simulators_routes_and_writes_them_down(tmp_path: Path) -> None:
    file = tmp_path / "routes.json"
    world = World()
    with served(world) as urls:
        run = parcelflow("doctor", "--base-url", urls["bloqit"], "--write", str(file), PARCELFLOW_API_KEY=urls["bloqit_api_key"])
        refused = parcelflow("doctor", "--base-url", urls["bloqit"], PARCELFLOW_API_KEY="another")
    assert run.returncode == 0, run.stdout + run.stderr
    assert len(load_routes(file)) == 20
    assert len(world.record) == 0, "nothing was done"
    assert refused.returncode == 1
    assert refused.stdout.count("the key was refused") >= 20


def test_a_services_token_is_in_no_repr() -> None:
    shown = {field.name: field.repr for field in fields(Service)}
    assert not shown["token"]
    assert shown["url"]


def test_the_doctor_needs_a_server() -> None:
    nowhere = parcelflow("doctor", "--base-url", "http://127.0.0.1:9", "--api-key", "k")
    assert nowhere.returncode == 1
    assert "cannot be told: the request was not sent: ConnectError" in nowhere.stdout
    wrong = parcelflow("doctor", "--base-url", "api.bloq.it", "--api-key", "k")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "a base URL begins with https://" in wrong.stderr
    assert parcelflow("doctor", "--base-url", "http://[::1", "--api-key", "k").returncode == 2


def test_a_running_parcelflow_uses_the_routes_of_its_folder(
    shown: tuple[Path, subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    settings = load(shown[0])
    (tmp_path / "routes.json").write_text('{"bloqit.rents.love": "PUT /x"}')
    with pytest.raises(BadSettingsError, match=r"no operation is called 'bloqit\.rents\.love'"), running(tmp_path, settings):
        pass


@contextmanager
def _simulating(*words: str) -> Generator[dict[str, str]]:
    """A simulator of the command line, ended by its id."""
    with subprocess.Popen((*COMMAND, "simulate", "--port", "0", *words), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.terminate()


def test_each_api_may_have_a_port_of_its_own_and_the_rest_shares_one() -> None:
    with _simulating("--bloqit-port", "0", "--blink-port", "0", "--frozen", "2026-03-01T12:00:00Z") as told:
        assert len({told[name].split("/")[2] for name in ("bloqit", "blink", "sim")}) == 3
        assert told["logistics"] == told["sim"].replace("/sim", "/logistics")
        assert told["bloqit"].count("/") == 2
        for base in (told["bloqit"], told["bloqit"] + "/api/v1/public"):
            with Bloqit(told["bloqit_api_key"], base_url=base) as client:
                assert len(list(client.bloqs.list())) == 2
        with Blink(told["blink_username"], told["blink_password"], base_url=told["blink"]) as client:
            assert len(list(client.branches.list())) == 2
        assert httpx.get(told["blink"] + "/bloqs", timeout=60).status_code == 404
        assert httpx.get(told["sim"] + "/clock", timeout=60).json() == {"now": "2026-03-01T12:00:00.000Z", "mode": "frozen"}


def test_a_simulator_reads_the_documents_as_it_is_told() -> None:
    with _simulating("--setting", "update_answer=envelope", "--setting", 'features=["in_transit"]') as told:
        seen = httpx.get(told["sim"] + "/settings", timeout=60).json()
        assert (seen["update_answer"], seen["features"]) == ("envelope", ["in_transit"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--frozen", "yesterday"), "as in 2026-03-01T12:00:00Z, got 'yesterday'"),
        (("--frozen", "2026-03-01T12:00:00"), "a date, a time and a zone"),
        (("--setting", "weather=fine"), "with a name of: blink_password, .*; got 'weather=fine'"),
        (("--setting", "update_answer"), "got 'update_answer'"),
        (
            ("--setting", "update_answer=maybe"),
            "the setting update_answer: Input should be 'rent', 'envelope' or 'empty', got 'maybe'",
        ),
    ],
)
def test_a_simulator_that_cannot_be_is_told_why(words: tuple[str, ...], said: str) -> None:
    run = parcelflow("simulate", "--port", "0", *words)
    assert (run.returncode, run.stdout) == (2, "")
    assert re.search(said, run.stderr)


STORY = """scenario: A parcel
when:
  - {create delivery: {externalID: o-1, lockerID: A1, expiryDate: in 2h}, as: parcel}
then:
  - state: {parcel: STATE}
"""


def test_scenarios_pass_fail_or_cannot_be_used(tmp_path: Path) -> None:
    good, bad, broken = tmp_path / "good.yaml", tmp_path / "bad.yaml", tmp_path / "broken.yaml"
    good.write_text(STORY.replace("STATE", "reserved"))
    bad.write_text(STORY.replace("STATE", "finished"))
    broken.write_text("scenario: x\nwhen:\n  - fly: away\n")
    run = parcelflow("scenario", str(good))
    assert (run.returncode, run.stdout) == (0, f"passed  {good}: A parcel\n")
    run = parcelflow("scenario", str(bad), str(good))
    assert run.returncode == 1
    assert run.stdout.splitlines() == [
        f"failed  {bad}, line 5: state of parcel: expected 'finished', found 'reserved'",
        f"passed  {good}: A parcel",
    ]
    run = parcelflow("scenario", str(broken))
    assert run.returncode == 2
    assert f"{broken}, line 3: a step has one word of: create delivery" in run.stderr
    (tmp_path / "latin.yaml").write_bytes(b"scenario: caf\xe9\n")
    for name, said in (("none.yaml", "cannot be read: No such file"), ("latin.yaml", "is no UTF-8 text")):
        run = parcelflow("scenario", str(tmp_path / name))
        assert (run.returncode, said in run.stderr) == (2, True)


@pytest.fixture
def dead(tmp_path: Path) -> Path:
    """A folder with a message that cannot be decided, a call that was given up, and an order that waits for a person."""
    doubting = SETTINGS.model_copy(update={"policies": {"reject_dispatched": "refuse"}})
    doubting.save(tmp_path)
    with idle_engine(tmp_path, doubting, SystemClock()) as engine:
        for number, name in enumerate(("order_webhook", "accept", "dispatch", "reject")):
            event = Event(name=name, at=SystemClock().now(), by=Cause.WEBHOOK, data={"type": "PICK-UP"}, evidence="[seen]")
            engine.accept(
                Arrival(source="x", external_id=str(number), system="blink", event=event, raw=b"", kind="order", key="1")
            )
        event = Event(name="launched", at=SystemClock().now(), by=Cause.WEBHOOK)
        engine.accept(Arrival(source="x", external_id="9", system="x", event=event, raw=b"\xff!", kind="spaceship", key="1"))
        engine.drain()
    return tmp_path


def test_dead_letters_are_listed_read_retried_and_skipped(dead: Path) -> None:
    at = ("--folder", str(dead))
    listed = parcelflow("letters", *at, COLUMNS="160")
    assert (listed.returncode, listed.stderr) == (0, "")
    assert "message/5" in listed.stdout
    assert "no machine is called 'spaceship'" in listed.stdout
    read = parcelflow("letter", "message/5", *at, COLUMNS="160")
    assert "message/5: launched of spaceship/1, since 20" in read.stdout
    assert "raw: \\xff!" in read.stdout
    assert parcelflow("retry", "message/5", *at).stdout == "message/5 is on its way again\n"
    again = parcelflow("retry", "message/5", *at)
    assert (again.returncode, again.stderr) == (2, "parcelflow: message/5 is not dead but new\n")
    with idle_engine(dead, SETTINGS, SystemClock()) as engine:
        engine.drain()
    assert parcelflow("skip", "message/5", *at).returncode == 2  # without a reason
    assert parcelflow("skip", "message/5", "--because", "a joke", *at).stdout == "message/5 is put away\n"
    assert "message/5" not in parcelflow("letters", *at).stdout


def test_health_is_told_in_sentences_as_json_and_by_the_exit_status(dead: Path) -> None:
    at = ("--folder", str(dead))
    ill = parcelflow("health", *at)
    assert (ill.returncode, ill.stdout) == (1, "1 dead letters: `parcelflow letters` lists them\n")
    measured = json.loads(parcelflow("health", "--json", *at).stdout)
    assert (measured["dead_messages"], measured["inbox"], measured["live"]) == (1, {"count": 0, "age": 0.0}, True)
    parcelflow("skip", "message/5", "--because", "a joke", *at)
    well = parcelflow("health", *at)
    assert (well.returncode, well.stdout) == (0, "all is well\n")


def test_anomalies_and_drift_are_listed(dead: Path) -> None:
    told = parcelflow("anomalies", "--folder", str(dead), COLUMNS="200")
    assert told.stdout.count("contradiction") == 2  # among the anomalies, and in the queue
    assert "[seen]; order 1 in 'dispatched' cannot take 'reject'" in told.stdout
    assert (
        "contradiction"
        not in parcelflow("anomalies", "--folder", str(dead), "--since", "2999-01-01T00:00:00Z").stdout.split("nobody")[0]
    )
    for words in (("drift",), ("drift", "--since", "2026-01-01T00:00:00Z")):
        report = parcelflow(*words, "--folder", str(dead), COLUMNS="160")
        assert (report.returncode, report.stdout.startswith("drift ")) == (0, True)
    assert "a date, a time and a zone" in parcelflow("drift", "--since", "yesterday", "--folder", str(dead)).stderr
    assert "a date, a time and a zone" in parcelflow("drift", "--since", "2026-01-01", "--folder", str(dead)).stderr


def test_a_database_that_is_none_is_named_at_the_desk(tmp_path: Path) -> None:
    assert "there is no " in parcelflow("letters", "--folder", str(tmp_path)).stderr
    assert "postgresql:// URL, not 'mysql://x/y'" in parcelflow("letters", "--database", "mysql://x/y").stderr


def test_a_running_parcelflow_says_whether_it_is_live_and_ready(tmp_path: Path) -> None:
    with listening(tmp_path) as (service, http):
        base = service.url.removesuffix("/hooks")
        for page in ("live", "ready"):
            answer = http.get(f"{base}/health/{page}")
            assert (answer.status_code, answer.json()) == (200, {page: True, "troubles": []})


def test_a_stranger_is_listed_and_adopted_from_the_command_line(tmp_path: Path) -> None:
    SETTINGS.save(tmp_path)
    at = ("--folder", str(tmp_path))
    with idle_engine(tmp_path, SETTINGS, SystemClock()) as engine:
        event = Event(name="rent.started", at=SystemClock().now(), by=Cause.WEBHOOK)
        engine.accept(Arrival(source="x", external_id="1", system="bloqit", event=event, raw=b"", remote_id="theirs"))
        engine.drain()
        listed = parcelflow("anomalies", *at, COLUMNS="160").stdout.partition("of nobody that we know")[2]
        assert "theirs" in listed
        assert "rent.started" in listed
        assert parcelflow("adopt", "delivery", "theirs", *at).stderr == (
            "parcelflow: a case is kind/key, as delivery/7, got 'delivery'\n"
        )
        assert parcelflow("adopt", "delivery/7", "theirs", *at).stdout == "delivery/7 carries theirs\n"
        assert parcelflow("adopt", "delivery/7", "theirs", *at).stdout == "delivery/7 was to carry theirs before\n"
        engine.drain()
        assert engine.views.case("delivery", "7").remote_id == "theirs"
