"""`parcelflow worker | migrate | forget` and the settings that they need: one database, many processes, and what is personal."""

import json
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import shell
from cryptography.fernet import Fernet
from killing import Mutant, dies

from parcelflow.adapters.bloqit.client import Bloqit
from parcelflow.adapters.bloqit.history import BloqitHistory
from parcelflow.console import habits as wiring
from parcelflow.console.habits import habits_of
from parcelflow.console.service import idle_engine
from parcelflow.console.settings import Limits, Settings, load
from parcelflow.console.stage import Stage, stage
from parcelflow.engine import Engine, Habits, OutboxStatus, Pace, Stamina, SystemClock
from parcelflow.engine.driver import Local
from parcelflow.engine.schema import VERSIONS
from parcelflow.machines import DEFAULT_WATCHDOGS, Arrival, BadSettingsError, Cause, Event

NOWHERE = {
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
PHONE = "+351 912 345 678"


def parcelflow(*words: str, said: str = "", **env: str) -> tuple[int, str]:
    """How the command line ends, and what it says."""
    return told_by(shell.parcelflow(*words, stdin=said, **env))


def told_by(run: subprocess.CompletedProcess[str]) -> tuple[int, str]:
    """How it ended, and what it said."""
    return run.returncode, (run.stdout + run.stderr).strip()


def kept(folder: Path, **more: object) -> Settings:
    """Settings in a folder."""
    settings = Settings.model_validate({**NOWHERE, **more})
    settings.save(folder)
    return settings


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"database": "mysql://u:hush@h/x"}, "database: Value error, a URL that begins with postgresql://, or nothing for"),
        ({"driver": "procrastinate"}, "the driver 'procrastinate' carries word between processes on PostgreSQL; say where"),
        ({"driver": "celery"}, "driver: Input should be 'local' or 'procrastinate'"),
        ({"sealing_keys": ["hush"]}, "sealing_keys: Value error, key 1 of 1 cannot be used: a key is 32 bytes in URL-safe"),
        ({"keep_days": -1}, "keep_days: Input should be greater than or equal to 0"),
        ({"keep_days": 1e9}, "keep_days: Input should be less than or equal to 36500"),
        ({"paces": {"bloqit": {"rate": 0}}}, "paces.bloqit: Value error, a rate is in calls per second, and at least one a day"),
        ({"paces": {"bloqit": {"concurrency": 0}}}, "paces.bloqit: Value error, at least one call has to be under way at a time"),
        ({"paces": {"bloqit": {"speed": 1}}}, "paces.bloqit.speed: Extra inputs are not permitted"),
        ({"paces": {"blocked": {}}}, "paces.blocked.[key]: Input should be 'bloqit', 'blink', 'logistics' or 'default'"),
        ({"watch_minutes": {"door_left_open": 0}}, "watch_minutes.door_left_open: Input should be greater than 0"),
        ({"watch_minutes": {"cat": 1}}, "watch_minutes.cat.[key]: Input should be 'door_left_open' or 'rider_silent'"),
        ({"gap_minutes": 0}, "gap_minutes: Input should be greater than or equal to 1"),
        ({"attempts": 0}, "attempts: Input should be greater than or equal to 1"),
    ],
)
def test_a_value_that_cannot_be_used_is_named_and_no_secret_is(wrong: dict[str, object], said: str, tmp_path: Path) -> None:
    (tmp_path / "parcelflow.json").write_text(json.dumps({**NOWHERE, **wrong}))
    with pytest.raises(BadSettingsError) as caught:
        load(tmp_path)
    assert said in str(caught.value)
    assert "hush" not in str(caught.value)


def follows_settings() -> None:
    """Each setting becomes the habit of its name."""
    key = Fernet.generate_key().decode()
    wanted = {"bloqit": {"rate": 5, "burst": 10, "concurrency": 4}, "default": {"concurrency": 2}}
    settings = Settings.model_validate({**NOWHERE, "sealing_keys": [key], "keep_days": 90, "paces": wanted, "attempts": 3})
    habits = habits_of(settings, SystemClock())
    assert habits.manners.paces == {"bloqit": Pace(rate=5, burst=10, concurrency=4)}
    assert (habits.manners.default, habits.manners.stamina) == (Pace(concurrency=2), Stamina(3))
    assert habits.keep == timedelta(days=90)
    assert habits.sealing is not None
    assert habits.sealing.open(habits.sealing.seal(b"x")) == b"x"
    assert habits.sealing.seal(b"x") != b"x"
    assert isinstance(habits.driver, Local)


def asks_for_gaps() -> None:
    """Whoever tells the history is asked as often as the settings say, or never."""
    asked = {"bloqit": BloqitHistory(Bloqit("k"))}
    for minutes, found in ((None, {}), (7, asked)):
        settings = Settings.model_validate({**NOWHERE, "gap_minutes": minutes})
        habits = habits_of(settings, SystemClock(), historians=asked)
        assert habits.historians == found
        assert not found or habits.gaps == timedelta(minutes=7)


def watches() -> None:
    """What should not last may as long as the settings say."""
    dogs = {"door_left_open": timedelta(minutes=10), "rider_silent": timedelta(minutes=45)}
    for wanted, found in (
        ({}, dogs),
        ({"door_left_open": 7.5}, dogs | {"door_left_open": timedelta(minutes=7, seconds=30)}),
        ({"door_left_open": None, "rider_silent": None}, {}),
    ):
        habits = habits_of(Settings.model_validate({**NOWHERE, "watch_minutes": wanted}), SystemClock())
        assert {dog.name: dog.after for dog in habits.watchdogs} == found


def test_what_should_not_last_may_as_long_as_the_settings_say() -> None:
    watches()


def test_each_watchdog_may_be_set() -> None:
    every = {dog.name: 1 for dog in DEFAULT_WATCHDOGS}
    assert Settings.model_validate({**NOWHERE, "watch_minutes": every}).watch_minutes == every


def test_gaps_are_asked_for_as_often_as_the_settings_say() -> None:
    asks_for_gaps()


def follows_no_settings() -> None:
    """What is not set is as the engine has it."""
    habits = habits_of(Settings.model_validate(NOWHERE), SystemClock())
    assert (habits.manners, habits.keep, habits.sealing) == (Habits().manners, None, None)


def test_settings_become_habits() -> None:
    follows_settings()


def test_what_is_not_set_is_as_the_engine_has_it() -> None:
    follows_no_settings()


def _no_vault(_self: Settings) -> None:
    return None


def _forever(_self: Settings) -> None:
    return None


def _any_pace(_self: Limits) -> Pace:
    return Pace()


def _habits(_settings: Settings, _clock: object, **_more: object) -> Habits:
    return Habits(keep=timedelta(days=1))


@pytest.mark.parametrize(
    "mutant",
    [
        Mutant(Settings, "vault", _no_vault, follows_settings),
        Mutant(Settings, "keep", property(_forever), follows_settings),
        Mutant(Limits, "pace", _any_pace, follows_settings),
        Mutant(sys.modules[__name__], "habits_of", _habits, follows_no_settings),
        Mutant(sys.modules[__name__], "habits_of", _habits, asks_for_gaps),
        Mutant(Settings, "watchdogs", DEFAULT_WATCHDOGS, watches),
    ],
)
def test_a_mutant_of_the_settings_dies(mutant: Mutant) -> None:
    assert dies(mutant)


def test_secrets_survive_being_saved_and_are_in_no_repr(tmp_path: Path) -> None:
    key = Fernet.generate_key().decode()
    settings = kept(tmp_path, database="postgresql://u:hush@h/x", driver="procrastinate", sealing_keys=[key], keep_days=1.5)
    assert load(tmp_path) == settings
    assert settings.place(tmp_path) == "postgresql://u:hush@h/x"
    assert "hush" not in repr(settings)
    assert key not in repr(settings)


def test_migrate_makes_the_tables_of_the_queue_where_the_driver_is_configured(url: str, tmp_path: Path) -> None:
    kept(tmp_path, database=url, driver="procrastinate")
    at = ("--folder", str(tmp_path))
    ended, said = told_by(shell.in_a_process("worker", *at))
    assert ended == 2
    assert "the tables of procrastinate are not there; run `parcelflow migrate --folder`" in said
    assert parcelflow("migrate", *at)[1].endswith("the tables of procrastinate: made")
    assert parcelflow("migrate", *at) == (0, f"version {VERSIONS[-1]} already\nthe tables of procrastinate: there already")
    assert parcelflow("migrate", "--database", url) == (0, f"version {VERSIONS[-1]} already")
    assert parcelflow("migrate", "--driver", "procrastinate", PARCELFLOW_DATABASE=url)[1].endswith("there already")
    assert parcelflow("cases", *at)[0] == 0


def test_a_worker_and_a_queue_need_a_database_that_can_be_shared(tmp_path: Path) -> None:
    kept(tmp_path)
    ended, said = told_by(shell.in_a_process("worker", "--folder", str(tmp_path)))
    assert ended == 2
    assert f"a worker shares a PostgreSQL with others, and {tmp_path} has a SQLite file" in said
    ended, said = parcelflow("migrate", "--database", str(tmp_path / "x.db"), "--driver", "procrastinate")
    assert ended == 2
    assert "the driver 'procrastinate' works on PostgreSQL and not on " in said


def test_without_the_extra_one_sentence_says_what_to_install(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = kept(tmp_path, database=url, driver="procrastinate")
    monkeypatch.setitem(sys.modules, "parcelflow.engine.distributed", None)
    for ask in (lambda: habits_of(settings, SystemClock()), lambda: wiring.install_queue(url)):
        with pytest.raises(BadSettingsError, match=r"PostgreSQL needs `pip install parcelflow\[postgresql\]`"):
            ask()


def until(there: Callable[[], bool]) -> None:
    """Wait until something is so."""
    pause = threading.Event()
    for _ in range(1200):
        if there():
            return
        pause.wait(0.05)
    raise AssertionError("it did not come about")


@contextmanager
def process_of(word: str, folder: Path) -> Generator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """A process of the command line, and what it says first; killed at the end where it has not ended."""
    with subprocess.Popen((*shell.COMMAND, word, "--folder", str(folder)), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process, json.loads(process.stdout.readline())
        finally:
            process.kill()


def test_parcelflow_runs_on_postgresql_and_so_does_everything_that_takes_its_folder(url: str, tmp_path: Path) -> None:
    kept(tmp_path, database=url, gap_minutes=None)
    with process_of("run", tmp_path) as (process, urls):
        body = b'{"blink_order_id": "77", "type": "PICK-UP", "branch_id": "1", "products": []}'
        for answer in ({"accepted": True}, {"accepted": True, "duplicate": True}):
            assert httpx.post(urls["orders"], content=body, trust_env=False, timeout=60).json() == answer
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    at = ("--folder", str(tmp_path))
    assert list(tmp_path.glob("*.db*")) == []
    assert "order/77" in parcelflow("cases", *at)[1]
    assert "order/77 is pending" in parcelflow("case", "77", *at)[1]
    assert parcelflow("health", "--database", url) == (0, "all is well")


@contextmanager
def worker(folder: Path) -> Generator[tuple[subprocess.Popen[str], str]]:
    """A worker, and where it tells of its health."""
    with process_of("worker", folder) as (process, told):
        yield process, told["health"]


@pytest.fixture
def shared(url: str, tmp_path: Path) -> Generator[tuple[Stage, Settings]]:
    """A pretend world, and settings by which several processes work on it."""
    with stage() as world:
        told = {name: word for name, word in world.told.items() if name in Settings.model_fields}
        settings = kept(tmp_path, **told, database=url, driver="procrastinate")
        assert parcelflow("migrate", "--folder", str(tmp_path))[0] == 0
        yield world, settings


def test_a_worker_calls_what_another_process_was_asked_for_and_ends_in_order(
    shared: tuple[Stage, Settings], tmp_path: Path
) -> None:
    world, settings = shared
    with worker(tmp_path) as (process, health), idle_engine(tmp_path, settings, SystemClock()) as asks:
        assert httpx.get(f"{health}/live", trust_env=False, timeout=60).json() == {"live": True, "troubles": []}
        assert httpx.get(f"{health}/ready", trust_env=False, timeout=60).status_code == 200
        data = {"bloq_id": "5d5a6e83d1682b7194fc5f91", "expiry_at": "2999-01-01T00:00:00Z"}
        world.act("/faults", {"operation": "bloqit.deliveries.create", "kind": "hold_answer", "seconds": 60, "count": 1})
        asks.ask("delivery", "7", "create_without_locker", data=data)
        until(lambda: any(rent["externalID"] == "7" for rent in world.see("/state")["rents"]))  # done, and not yet answered
        process.send_signal(signal.SIGTERM)
        world.act("/faults/release")
        assert process.wait(60) == 0
        (row,) = asks.views.outbox()
        assert (row.status, row.attempts) == (OutboxStatus.DONE, 1)  # nothing is left for a lease to run out on
        asks.drain()
        assert asks.views.case("delivery", "7").state == "created"
    assert "delivery/7" in parcelflow("cases", "--folder", str(tmp_path))[1]


def test_a_worker_that_is_killed_in_the_middle_is_told_from_one_that_ends_in_order(
    shared: tuple[Stage, Settings], tmp_path: Path
) -> None:
    world, settings = shared
    with worker(tmp_path) as (process, _), idle_engine(tmp_path, settings, SystemClock()) as asks:
        world.act("/faults", {"operation": "bloqit.deliveries.create", "kind": "hold_answer", "seconds": 60, "count": 1})
        data = {"bloq_id": "5d5a6e83d1682b7194fc5f91", "expiry_at": "2999-01-01T00:00:00Z"}
        asks.ask("delivery", "7", "create_without_locker", data=data)
        until(lambda: any(rent["externalID"] == "7" for rent in world.see("/state")["rents"]))
        process.kill()
        process.wait(60)
        world.act("/faults/release")
        assert [row.status for row in asks.views.outbox()] == [OutboxStatus.CLAIMED]


def told(engine: Engine, name: str, **data: str) -> None:
    """Blink tells of order 1."""
    event = Event(name=name, at=SystemClock().now(), by=Cause.WEBHOOK, data=data)
    engine.accept(Arrival(source="x", external_id=name, system="blink", event=event, raw=b"{}", kind="order", key="1"))
    engine.drain()


def test_a_customer_is_forgotten_from_the_command_line_while_an_engine_has_the_file(tmp_path: Path) -> None:
    at = ("--folder", str(tmp_path))
    with idle_engine(tmp_path, kept(tmp_path), SystemClock()) as engine:
        told(engine, "order_webhook", type="PICK-UP", customer_phone=PHONE)
        assert parcelflow("forget", "  ", *at)[0] == 2
        nobody = parcelflow("forget", "-", *at, said="somebody@example.org\n")
        assert nobody == (0, "forgotten in 0 cases; in 0 more as soon as they have ended")
        assert (
            parcelflow("forget", "-", *at, said=f"{PHONE}\n")[1] == "forgotten in 0 cases; in 1 more as soon as they have ended"
        )
        engine.drain()
        assert engine.views.case("order", "1").facts["customer_phone"] == PHONE
        told(engine, "accept")
        told(engine, "deliver")
        engine.drain()
        assert "customer_phone" not in engine.views.case("order", "1").facts
        assert parcelflow("forget", PHONE, *at)[1] == "forgotten in 0 cases; in 0 more as soon as they have ended"


def test_what_is_sealed_is_read_with_the_folders_key_and_not_without(tmp_path: Path) -> None:
    settings = kept(tmp_path, sealing_keys=[Fernet.generate_key().decode()])
    with idle_engine(tmp_path, settings, SystemClock()) as engine:
        told(engine, "order_webhook", type="PICK-UP", customer_phone=PHONE)
    with closing(sqlite3.connect(tmp_path / "parcelflow.db")) as database:
        assert PHONE not in "".join(database.iterdump())
    for words in (("cases",), ("case", "1"), ("letters",), ("forget", PHONE)):
        ended, said = parcelflow(*words, "--folder", str(tmp_path))
        assert ended == 0, said
    assert said == "forgotten in 0 cases; in 1 more as soon as they have ended"
    kept(tmp_path)
    for words in (("cases",), ("letters",)):
        ended, said = parcelflow(*words, "--folder", str(tmp_path))
        assert ended == 2
        assert said.endswith("was sealed with a key, and none is given")
