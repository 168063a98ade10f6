"""The schema's life: fresh and migrated databases are the same, old ones go on, and older code works on a newer schema."""

# pyright: reportPrivateUsage=false
# A mutant is the code under test with one wrong line; it has to reach inside.

import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Generator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Barrier, BrokenBarrierError, Event, Thread
from types import ModuleType
from typing import Any

import pytest
from alembic.operations import Operations
from killing import Mutant, dies
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    String,
    Text,
    and_,
    bindparam,
    create_engine,
    func,
    inspect,
    select,
    text,
)
from sqlalchemy import Engine as Database
from world import World
from writes import kept, written_again

from parcelflow.engine import (
    CountedIds,
    Engine,
    InboxStatus,
    ManualClock,
    OutboxStatus,
    Place,
    Ports,
    Store,
    batch,
    cases,
    dues,
    forget,
    gaps,
    health,
    inbox,
    letters,
    migrate,
    migrations,
    nudge,
    outbox,
    reconcile,
    rounds,
    schema,
    store,
    strangers,
    timers,
    views,
)
from parcelflow.engine.migrations import r0001, r0002, r0003
from parcelflow.engine.places import database_at
from parcelflow.engine.statements import Statement
from parcelflow.machines import Answer, BadSettingsError, Caller, Case, Done, Effect, catalogue

DATA = Path(__file__).parents[1] / "data"
START = datetime(2026, 1, 1, tzinfo=UTC)
LAST = schema.VERSIONS[-1]


@contextmanager
def opened(place: Place) -> Generator[Database]:
    """A database, as it is."""
    database = database_at(place)
    try:
        yield database
    finally:
        database.dispose()


@contextmanager
def changing(place: Place) -> Generator[Connection]:
    """A transaction in a database, as it is."""
    with opened(place) as database, database.begin() as tx:
        yield tx


def migrated(place: Place, revisions: tuple[ModuleType, ...] = migrations.REVISIONS) -> None:
    """Have an empty database go the whole way."""
    with changing(place) as tx, pytest.MonkeyPatch.context() as patch:
        patch.setattr(migrations, "REVISIONS", revisions)
        migrations.upgrade(tx, schema.VERSION.name)


def populated(place: Place) -> None:
    """Have an empty database be the one of `populated-0001.sql`, which was made by the code of that version."""
    text_of_it = (DATA / "populated-0001.sql").read_text()
    if isinstance(place, Path):
        with closing(sqlite3.connect(place)) as database:
            database.executescript(text_of_it)
        return
    source = create_engine("sqlite://")
    with source.connect() as old, changing(place) as tx:
        old.connection.driver_connection.executescript(text_of_it)  # pyright: ignore[reportOptionalMemberAccess]
        r0001.TABLES.create_all(tx)
        for table in r0001.TABLES.sorted_tables:
            rows = [{name: _aware(cell) for name, cell in row.items()} for row in old.execute(table.select()).mappings()]
            tx.execute(table.insert(), rows)
            if "id" in table.c:
                tx.execute(text(f"SELECT setval('{table.name}_id_seq', {max(row['id'] for row in rows)})"))
    source.dispose()


def _aware(cell: Any) -> Any:
    return cell.replace(tzinfo=UTC) if isinstance(cell, datetime) else cell


# --- fresh and migrated are the same --------------------------------------------------------------------------------------


def drawn(tx: Connection) -> dict[str, Any]:
    """Everything that can be told of the tables, but for the order of columns."""
    seen = inspect(tx)
    return {
        name: {
            "columns": {
                column["name"]: (str(column["type"]), column["nullable"], column["default"]) for column in seen.get_columns(name)
            },
            "key": seen.get_pk_constraint(name)["constrained_columns"],
            "once": sorted((str(each["name"]), each["column_names"]) for each in seen.get_unique_constraints(name)),
            "checks": seen.get_check_constraints(name),
            "indexes": sorted(
                (
                    str(each["name"]),
                    each["column_names"],
                    each["unique"],
                    str(each.get("dialect_options", {}).get(f"{tx.dialect.name}_where")),
                )
                for each in seen.get_indexes(name)
            ),
        }
        for name in sorted(seen.get_table_names())
    }


def ddl(tx: Connection) -> list[str]:
    """What SQLite says of itself, without the quotes that names do not need."""
    told = tx.exec_driver_sql("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type, name").scalars()
    return [re.sub(r"\s+", " ", sql).replace('"', "") for sql in told]


def version_of(place: Place) -> str:
    with changing(place) as tx:
        return str(tx.execute(schema._KEPT).scalar_one())


@contextmanager
def emptied(place: Place) -> Generator[Place]:
    """Another empty database of the same kind."""
    if isinstance(place, Path):
        yield place.with_name("another.db")
    else:
        with changing(place) as tx:
            for table in (*schema.TABLES, schema.VERSION):
                table.drop(tx)
        yield place


def described(place: Place) -> tuple[dict[str, Any], list[str]]:
    with changing(place) as tx:
        return drawn(tx), ddl(tx) if isinstance(place, Path) else []


def fresh_is_migrated(place: Place) -> None:
    Store(place).close()
    fresh = described(place)
    with emptied(place) as other:
        migrated(other)
        assert described(other) == fresh
        assert version_of(other) == schema.VERSIONS[-1]
    assert set(fresh[0]) == {"case", "inbox", "journal", "mark", "outbox", "timer", "parcelflow_version"}


def test_a_fresh_database_is_what_a_migrated_one_is(place: Place) -> None:
    fresh_is_migrated(place)


def test_the_first_revision_is_what_was_released_first(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "x.db")) as database:
        database.executescript((DATA / "schema-0001.sql").read_text())
    migrated(tmp_path / "y.db", (r0001,))
    with changing(tmp_path / "x.db") as released, changing(tmp_path / "y.db") as run:
        schema.VERSION.drop(run)
        assert ddl(released) == ddl(run)


def test_the_versions_are_the_revisions_and_each_follows_the_one_before() -> None:
    assert tuple(revision.revision for revision in migrations.REVISIONS) == schema.VERSIONS
    assert tuple(revision.down_revision for revision in migrations.REVISIONS) == (None, *schema.VERSIONS[:-1])


# --- opening --------------------------------------------------------------------------------------------------------------


def test_a_present_database_is_left_alone_with_one_query(place: Place) -> None:
    with opened(place) as database:
        assert schema.prepare(database, migrate=False) is None
        asked: list[str] = []
        with pytest.MonkeyPatch.context() as patch:
            execute = type(database.dialect).do_execute

            def heard(self: Any, cursor: Any, statement: str, *rest: Any, **more: Any) -> None:
                asked.append(statement)
                execute(self, cursor, statement, *rest, **more)

            patch.setattr(type(database.dialect), "do_execute", heard)
            assert schema.prepare(database, migrate=False) == schema.VERSIONS[-1]
    assert [" ".join(statement.split()) for statement in asked] == [
        "SELECT parcelflow_version.version_num FROM parcelflow_version"
    ]


def refused(place: Place, *, migrating: bool) -> str:
    with pytest.raises(BadSettingsError) as told:
        Store(place, migrate=migrating).close()
    return str(told.value)


def an_old_one_is_refused_to_who_may_not_migrate(place: Place) -> None:
    populated(place)
    before = described(place)
    said = "nothing"
    try:
        Store(place, migrate=False).close()
    except BadSettingsError as error:
        said = str(error)
    shown = str(place) if isinstance(place, Path) else "postgresql://postgres:***@/"
    assert f"{shown}" in said
    assert f"is of version 0001, and this parcelflow works with {LAST}; run `parcelflow migrate --database {shown}" in said
    assert described(place) == before


def test_an_old_one_is_refused_to_who_may_not_migrate(place: Place) -> None:
    an_old_one_is_refused_to_who_may_not_migrate(place)


def test_an_engine_migrates_its_file_and_leaves_a_shared_database_to_a_person(place: Place) -> None:
    populated(place)
    if isinstance(place, Path):
        Engine(place, catalogue(), {}).stop()
        assert version_of(place) == LAST
    else:
        with pytest.raises(BadSettingsError, match="run `parcelflow migrate"):
            Engine(place, catalogue(), {})
        assert migrate(place) == ("0001", LAST)
        Engine(place, catalogue(), {}).stop()
    assert migrate(place) == (LAST, LAST)


def test_one_of_the_first_version_that_carries_it_is_migrated_too(place: Place) -> None:
    migrated(place, (r0001,))
    assert version_of(place) == "0001"
    assert migrate(place) == ("0001", LAST)
    assert version_of(place) == LAST


def test_nothing_becomes_a_database_whoever_opens_it(place: Place) -> None:
    Store(place, migrate=False).close()
    assert version_of(place) == LAST
    with emptied(place) as other:
        assert migrate(other) == (None, LAST)


@pytest.mark.parametrize(("version", "named"), [("9999", "9999"), ("", "(none)")])
def test_a_newer_one_is_refused_with_both_versions_named(place: Place, version: str, named: str) -> None:
    Store(place).close()
    with changing(place) as tx:
        tx.execute(schema.VERSION.delete() if not version else schema.VERSION.update().values(version_num=version))
    for migrating in (False, True):
        assert f"is of version {named}, and this parcelflow knows versions up to {LAST}" in refused(place, migrating=migrating)
    with pytest.raises(BadSettingsError, match=re.escape(named)):
        migrate(place)


@pytest.mark.parametrize("table", ["inbox", "outbox"])
def test_somebody_elses_tables_are_not_taken_for_ours(place: Place, table: str) -> None:
    with changing(place) as tx:
        tx.execute(text(f"CREATE TABLE {table} (id INTEGER, system VARCHAR)"))
    assert f"has tables called {table} that are not of any parcelflow" in refused(place, migrating=True)


def test_alembic_is_imported_by_who_migrates_and_by_nobody_else(tmp_path: Path) -> None:
    """It takes as long to import as a quarter of the engine."""
    code = (
        "import sys; from pathlib import Path; from parcelflow.engine import Store;"
        "[Store(Path(sys.argv[1])).close() for _ in range(2)]; print('alembic' in sys.modules)"
    )
    ran = subprocess.run((sys.executable, "-c", code, tmp_path / "x.db"), capture_output=True, text=True, check=True)
    assert ran.stdout == "False\n"


def test_a_password_is_not_told(postgres: str) -> None:
    with opened(postgres) as database, database.connect() as tx:
        database.url = database.url.set(username="ann", password="secret")
        assert "secret" not in schema._shown(tx)
        assert schema._shown(tx).startswith("postgresql://ann:***@")


def test_a_file_that_an_engine_works_on_is_not_migrated_under_it(tmp_path: Path) -> None:
    with Engine(tmp_path / "x.db", catalogue(), {}), pytest.raises(BadSettingsError, match="in use by another engine"):
        migrate(tmp_path / "x.db")


def two_at_once_do_it_once(place: Place, *, patience: float = 1.0) -> None:
    """The second comes while the first is at it; where nothing keeps it out, it is given the time to be at it too.

    Args:
        place: Where.
        patience: Seconds for the second to be at it. Whoever is kept out never comes, and is waited for so long in vain.
    """
    populated(place)
    entered: list[int] = []
    at_it, both = Event(), Barrier(2)
    honest = schema._upgrade

    def watched(tx: Connection) -> None:
        entered.append(1)
        at_it.set()
        with suppress(BrokenBarrierError):
            both.wait(timeout=patience)
        honest(tx)

    def come() -> None:
        with suppress(BadSettingsError):  # what a second migration runs into is not what is looked at
            Store(place, migrate=True).close()

    def come_second() -> None:
        # Two that open a file in the same instant may refuse each other before either migrates: then nobody was kept out of it.
        assert at_it.wait(timeout=30.0)
        come()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(schema, "_upgrade", watched)
        threads = [Thread(target=come), Thread(target=come_second)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(entered) == 1
    assert version_of(place) == LAST


def test_two_at_once_do_it_once(place: Place) -> None:
    two_at_once_do_it_once(place)


def a_migration_that_fails_leaves_everything_as_it_was(place: Place) -> None:
    populated(place)
    before = described(place)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(r0002, "PARTIAL", (*r0002.PARTIAL, ("nowhere", "x", ["id"], "true")))
        with pytest.raises(BadSettingsError, match="nowhere"):
            Store(place, migrate=True)
    assert described(place) == before
    Store(place, migrate=True).close()


def test_a_migration_that_fails_leaves_everything_as_it_was(place: Place) -> None:
    a_migration_that_fails_leaves_everything_as_it_was(place)


# --- a database of 0001 goes on -------------------------------------------------------------------------------------------


@dataclass
class Known(World):
    """A world in which some things have happened already, and that remembers what was looked up."""

    asked: set[str] = field(default_factory=set[str])
    read: set[str] = field(default_factory=set[str])

    def call(self, effect: Effect, key: str) -> Answer:
        """One call; a read finds nothing new."""
        if effect.trigger == "remote_state":
            self.read.add(f"{effect.kind}/{effect.case_key}")
            return Done({"key": key})
        return super().call(effect, key)

    def look_up(self, effect: Effect, key: str) -> Answer:
        """What became of it."""
        self.asked.add(key)
        return super().look_up(effect, key)


@dataclass
class Story:
    """An engine over a database that was there before, driven by hand."""

    place: Place
    happened: tuple[str, ...]
    start: datetime = START
    world: Known = field(default_factory=Known)

    def __post_init__(self) -> None:
        self.world.happened.update(self.happened)
        self.clock = ManualClock(self.start)
        callers: dict[str, Caller] = dict.fromkeys(("bloqit", "blink", "logistics"), self.world)
        self.engine = Engine(self.place, catalogue(), callers, ports=Ports(clock=self.clock, ids=CountedIds()))

    def until(self, **later: float) -> None:
        """Have everything happen until so long after the start, looking often."""
        end = self.start + timedelta(**later)
        self.engine.drain()
        while self.clock.now() < end:
            self.clock.advance(min((end - self.clock.now()) / 2 + timedelta(seconds=1), end - self.clock.now()))
            self.engine.drain()

    def state(self, key: str, kind: str = "delivery") -> str:
        """Where a case is."""
        return self.engine.views.case(kind, key).state

    def names(self, key: str) -> list[str]:
        """What its journal says."""
        return [line.name for line in self.engine.views.journal("delivery", key)]


def what_was_carried_over(place: Place) -> dict[str, tuple[Any, ...]]:
    with changing(place) as tx:
        rows = tx.execute(text("SELECT effect_key, system, over, leased_until IS NOT NULL FROM outbox ORDER BY id")).all()
        return {key: (system, bool(over), bool(leased)) for key, system, over, leased in rows}


def a_case_is_where_it_is_since_it_last_moved(place: Place) -> None:
    """One that never moved, since it was opened."""
    opened, heard = START - timedelta(days=2), START + timedelta(days=2)
    old, lines = r0001.TABLES.tables["case"], r0001.TABLES.tables["journal"]
    populated(place)
    with changing(place) as tx:
        tx.execute(old.update().values(opened_at=opened, changed_at=heard))
        tx.execute(lines.delete().where(lines.c.key == "early"))
        query = select(lines.c.kind, lines.c.key, func.max(lines.c.recorded_at)).where(lines.c.source != lines.c.target)
        moved = {(kind, key): at for kind, key, at in tx.execute(query.group_by(lines.c.kind, lines.c.key))}
    migrate(place)
    with changing(place) as tx:
        since = {(kind, key): at for kind, key, at in tx.execute(select(store.CASE.c.kind, store.CASE.c.key, store.CASE.c.since))}
    assert since.pop(("delivery", "early")) == opened
    assert since == {name: at.replace(tzinfo=UTC) if at.tzinfo is None else at for name, at in moved.items() if name in since}
    assert len(since) > 3


def test_a_case_is_where_it_is_since_it_last_moved(place: Place) -> None:
    a_case_is_where_it_is_since_it_last_moved(place)


def a_database_of_the_first_version_goes_on(place: Place) -> None:
    populated(place)
    migrate(place)
    carried = what_was_carried_over(place)
    assert carried["order/1/2"] == ("blink", True, False)
    assert carried["task/1/1"] == ("logistics", True, False)
    assert carried["delivery/open/3"] == carried["delivery/unsure/3"] == ("bloqit", False, False)
    assert carried["delivery/undecided/3"] == ("bloqit", False, False), "its case has not taken its answer in yet"
    assert carried["delivery/claimed/3"] == ("bloqit", False, True)
    assert sum(over for _, over, _ in carried.values()) == len(carried) - 4

    story = Story(place, ("delivery/unsure/3", "delivery/claimed/3", "delivery/undecided/3"))
    with story.engine as engine:
        looked_at = {f"{case.kind}/{case.key}" for case in engine.views.cases() if case.look_at is not None}
        expected = {f"delivery/{key}" for key in ("open", "unsure", "early", "timer", "undecided", "claimed", "1")}
        assert looked_at == expected | {"task/1"}, "what is finished, or cannot be read, is not looked at"
        story.until(seconds=30)
        assert story.state("undecided") == "starting"
        assert {"delivery/unsure/3", "delivery/claimed/3"} <= story.world.asked
        assert (story.state("unsure"), story.state("claimed")) == ("starting", "starting")
        assert "in_progress" in {line.target for line in engine.views.journal("delivery", "early")}
        here = {"locker_id": "L", "expiry_at": "2026-01-09T00:00:00+00:00"}
        engine.ask("delivery", "late", "create_with_locker", data=here, request_id="late")
        story.until(minutes=5)
        assert "rent.started" in story.names("late"), "it was parked until its case got its remote id"
        story.until(hours=2)
        assert story.names("open").count("cancel_requested") >= 1, "it was held until the call before was over"
        assert story.state("open") == "cancelled"
        story.until(days=2)
        assert story.state("timer") == "expired"
        assert "delivery/timer" in story.world.read
        assert "delivery/finished" not in story.world.read
        assert max(story.world.happened.values()) == 1
        assert [row.status for row in engine.views.inbox() if row.status in (InboxStatus.PARKED, InboxStatus.DEAD)] == []


def test_a_database_of_the_first_version_goes_on(place: Place) -> None:
    a_database_of_the_first_version_goes_on(place)


# --- older code on a newer schema -----------------------------------------------------------------------------------------


def revision(number: str, before: str, upgrade: Callable[[Operations], None]) -> ModuleType:
    """A revision that is none yet."""
    made = ModuleType(f"r{number}")
    made.__dict__.update(revision=number, down_revision=before, upgrade=upgrade, ROLLS={"sqlite", "postgresql"}, __file__="r")
    return made


def adds(op: Operations) -> None:
    """What the next revision may do."""
    op.add_column("outbox", Column("urgency", Integer, nullable=False, server_default="0"))
    op.add_column("case", Column("label", String))
    op.create_table("letters", Column("id", Integer, primary_key=True), Column("words", String, nullable=False))
    op.create_index("outbox_urgent", "outbox", ["urgency", "due_at"])


def requires(op: Operations) -> None:
    """A column that older code does not fill."""
    with op.batch_alter_table("inbox", recreate="auto") as inbox_table:
        inbox_table.add_column(Column("tenant", String, nullable=False, server_default=""))
    with op.batch_alter_table("inbox", recreate="auto") as inbox_table:
        inbox_table.alter_column("tenant", server_default=None)


def renames(op: Operations) -> None:
    """A column that older code does not find any more."""
    op.execute("ALTER TABLE journal RENAME COLUMN evidence TO proof")


def forbids(op: Operations) -> None:
    """Rows that older code writes and may not any more."""
    op.create_index("one_at_a_time", "outbox", ["kind", "key"], unique=True)


def retypes(op: Operations) -> None:
    """A column of which older code reads something else than it wrote."""
    with op.batch_alter_table("case") as case:
        case.alter_column("version", type_=String, postgresql_using="version::varchar")


def broken_rules(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """What was not only added from one schema to the next."""
    faults = [f"{name} is gone" for name in before if name not in after]
    for name in before.keys() & after.keys():
        old, new = before[name], after[name]
        faults += [f"{name}.{column} was {was}" for column, was in old["columns"].items() if new["columns"].get(column) != was]
        for column in new["columns"].keys() - old["columns"].keys():
            _, nullable, default = new["columns"][column]
            faults += [f"{name}.{column} has to be given"] * (not nullable and default is None)
        if (old["key"], old["once"]) != (new["key"], new["once"]):
            faults.append(f"{name} has other constraints")
        faults += [
            f"{name} has the unique index {index[0]}" for index in new["indexes"] if index[2] and index not in old["indexes"]
        ]
    return faults


def only_adds(place: Place, revisions: tuple[ModuleType, ...]) -> None:
    """Of each revision that says it rolls, that it only adds; and an index that is gone would only make older code slow."""
    with opened(place) as database:
        for number, each in enumerate(revisions):
            with database.begin() as tx, pytest.MonkeyPatch.context() as patch:
                before = drawn(tx)
                patch.setattr(migrations, "REVISIONS", revisions[: number + 1])
                migrations.upgrade(tx, schema.VERSION.name)
                assert tx.dialect.name not in each.ROLLS or broken_rules(before, drawn(tx)) == []


def older_code_goes_on(place: Place, revisions: tuple[ModuleType, ...]) -> None:
    """What code of the last revision but one writes can be written on the last, and the engine carries on with it."""
    migrated(place, revisions)
    versions = tuple(each.revision for each in revisions)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(schema, "VERSIONS", versions)
        try:
            written_again(place, kept(versions[-2], "sqlite" if isinstance(place, Path) else "postgresql"))
        except Exception as error:
            raise AssertionError(f"older code cannot write: {error}") from error
        if not isinstance(place, Path):
            with changing(place) as tx:  # the older engine is dead, and its lease has run out
                tx.execute(text("UPDATE outbox SET leased_until = leased_until - interval '1 day' WHERE status = 'claimed'"))
        _carries_on(place)


def _carries_on(place: Place) -> None:
    story = Story(place, ("delivery/unsure/3", "delivery/claimed/5"), START + timedelta(hours=11, minutes=5))
    with story.engine as engine:
        story.until(hours=3)
        assert {"delivery/unsure/3", "delivery/claimed/5"} <= story.world.asked
        assert (story.state("claimed"), story.state("unsure")) == ("starting", "cancelled")
        assert (story.state("1", "order"), story.state("1", "task"), story.state("finished")) == (
            "accepted",
            "created",
            "finished",
        )
        assert "in_progress" in {line.target for line in engine.views.journal("delivery", "early")}
        assert max(story.world.happened.values()) == 1
        assert [row.effect_key for row in engine.views.outbox() if row.status == OutboxStatus.DEAD] == []
        story.until(days=2)
        assert "dropoff_deadline_reached" in story.names("due")


def after(upgrade: Callable[[Operations], None]) -> tuple[ModuleType, ...]:
    """The revisions with one more."""
    number = len(migrations.REVISIONS)
    return (*migrations.REVISIONS, revision(f"{number + 1:04}", f"{number:04}", upgrade))


CHAIN = after(adds)


def test_each_revision_that_says_it_rolls_only_adds(place: Place) -> None:
    only_adds(place, CHAIN)


@pytest.mark.parametrize("last", [number for number, each in enumerate(CHAIN) if each.ROLLS])
def test_older_code_goes_on_working_on_a_newer_schema(place: Place, last: int) -> None:
    """Of the revision that is not there yet too: what present code writes has to be kept before there is a next version."""
    older_code_goes_on(place, CHAIN[: last + 1])


@pytest.mark.parametrize("wrong", [requires, renames, forbids, retypes])
def test_a_revision_that_does_more_than_add_is_noticed(place: Place, wrong: Callable[[Operations], None]) -> None:
    with pytest.raises(AssertionError):
        only_adds(place, after(wrong))


@pytest.mark.parametrize("wrong", [requires, renames, forbids])
def test_a_revision_that_older_code_cannot_write_to_is_noticed(place: Place, wrong: Callable[[Operations], None]) -> None:
    with pytest.raises(AssertionError, match="older code cannot write"):
        older_code_goes_on(place, after(wrong))


def lines_of_older_code_are_a_cases_too(place: Place) -> None:
    """While engines are replaced one by one, code of 0002 takes its turns at a case that code of 0003 opened."""
    story = Story(place, (), START)
    with story.engine as engine:
        for key in "12":
            engine.ask("delivery", key, "create_with_locker", data={"locker_id": "L"})
            engine.drain()
        with changing(place) as tx:
            assert tx.execute(text('SELECT count(*) FROM "case" WHERE opened_by > 0')).scalar_one() == 2
            assert tx.execute(text("UPDATE journal SET opened_by = 0 WHERE seq = 2")).rowcount == 2
        assert [(line.seq, line.opened_by > 0) for line in engine.views.journal("delivery", "1")] == [(1, True), (2, False)]
        case = engine.views.case("delivery", "1")
        told = {line.target for line in engine.views.journal("delivery", "1")}
        with engine._store.reading() as tx:
            assert cases.been(tx, Case(kind="delivery", key="1", state=case.state)) == told
        assert engine.ask("delivery", "1", "make_requested")
        engine.drain()
        assert [line.seq for line in engine.views.journal("delivery", "1")][:3] == [1, 2, 3]


def test_lines_of_older_code_are_a_cases_too(place: Place) -> None:
    lines_of_older_code_are_a_cases_too(place)


def its_own_alone(
    kind: ColumnElement[str], key: ColumnElement[str], *, journal: FromClause = store.JOURNAL
) -> ColumnElement[bool]:
    opened_by = select(store.CASE.c.opened_by).where(store.CASE.c.kind == kind, store.CASE.c.key == key)
    return and_(journal.c.opened_by == opened_by.scalar_subquery(), journal.c.kind == kind, journal.c.key == key)


def been_alone() -> Statement:
    lines = its_own_alone(bindparam("kind", type_=Text), bindparam("key", type_=Text))
    return Statement(select(store.JOURNAL.c.target).distinct().where(lines))


@pytest.mark.parametrize(("part", "name", "wrong"), [(views, "lines_of", its_own_alone), (cases, "BEEN", been_alone())])
def test_lines_of_older_code_that_are_missed_are_noticed(tmp_path: Path, part: ModuleType, name: str, wrong: object) -> None:
    assert dies(Mutant(part, name, wrong, lambda: lines_of_older_code_are_a_cases_too(tmp_path / "x.db")))


def test_only_what_may_be_shared_has_to_roll() -> None:
    """Who is at work on a file holds its lock, and 0001 knew files alone: nobody older can be at work while it is migrated."""
    assert [set(each.ROLLS) for each in (r0001, r0002, r0003)] == [set(), set(), {"postgresql"}]


# --- statements look things up --------------------------------------------------------------------------------------------

HOT = {
    f"{module.__name__.rpartition('.')[2]}.{name}": statement
    for module in (batch, cases, dues, forget, gaps, health, inbox, letters, nudge, outbox, reconcile, rounds, strangers, timers)
    for name, statement in vars(module).items()
    if isinstance(statement, Statement)
}


def scans(place: Path, statement: Statement) -> list[str]:
    """Steps of SQLite's plan that read a whole table."""
    store = Store(place)
    try:
        ready = statement.on(store._database.dialect)
        binds = [None] * ready.sql.count("?")
        with store.reading() as tx:
            cursor = tx._cursor()
            cursor.execute(f"EXPLAIN QUERY PLAN {ready.sql}", binds)
            plan = cursor.fetchall()
    finally:
        store.close()
    tables = "|".join(table.name for table in schema.TABLES)
    return [step[3] for step in plan or () if re.match(rf"SCAN (older|{tables})(?!.* USING )", step[3])]


LAST_ROW = "rounds.LAST"
"""Goes through a table from its end, as far as the first row."""


def nothing_is_scanned(place: Path) -> None:
    found = {name: steps for name, statement in HOT.items() if (steps := scans(place, statement))}
    assert found in ({}, {LAST_ROW: ["SCAN inbox"]})


def test_no_statement_of_whoever_writes_reads_a_whole_table(tmp_path: Path) -> None:
    assert len(HOT) >= 55, sorted(HOT)
    nothing_is_scanned(tmp_path / "x.db")


def in_their_order() -> Statement:
    return Statement(select(store.INBOX.c.id).where(strangers._PARKED).order_by(store.INBOX.c.id).limit(bindparam("most")))


def by_their_case() -> Statement:
    return Statement(select(store.OUTBOX.c.id).where(store.OUTBOX.c.kind == bindparam("kind")))


@pytest.mark.parametrize(("name", "wrong"), [("strangers.OLD", in_their_order()), ("forget.READ_OUTBOX", by_their_case())])
def test_whoever_reads_a_whole_table_is_noticed(tmp_path: Path, name: str, wrong: Statement) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(HOT, name, wrong)
        with pytest.raises(AssertionError):
            nothing_is_scanned(tmp_path / "x.db")


# --- and wrong versions of all this are noticed ---------------------------------------------------------------------------


def _without(index: str) -> Callable[[Any], Any]:
    return lambda dialect: [statement for statement in HONEST_MAKING(dialect) if f" {index} " not in statement]


def _whatever_it_is(tx: Connection, *, migrate: bool) -> str | None:
    return schema._version(tx) if migrate in {False, True} else None


HONEST_MAKING = schema._making
NO_LOCK = {"sqlite": "BEGIN", "postgresql": "SELECT 1"}
WRONG: dict[str, tuple[object, str, object, Callable[[Place], None]]] = {
    "an index that only new databases lack": (schema, "_making", _without("outbox_dead"), fresh_is_migrated),
    "an index that only migrated databases lack": (r0002, "PARTIAL", r0002.PARTIAL[:-1], fresh_is_migrated),
    "an index over everything": (
        r0002,
        "PARTIAL",
        (*r0002.PARTIAL[:-1], ("outbox", "outbox_dead", ["id"], "true")),
        fresh_is_migrated,
    ),
    "old indexes stay": (r0002, "GONE", r0002.GONE[1:], fresh_is_migrated),
    # On a busy machine a second is too short for the second to come; and here it does come, so nobody waits for so long.
    "nobody is kept out": (schema, "_ALONE", NO_LOCK, partial(two_at_once_do_it_once, patience=30.0)),
    "who reads migrates": (
        schema,
        "_usable",
        _whatever_it_is,
        an_old_one_is_refused_to_who_may_not_migrate,
    ),
    "over when settled": (r0002, "OVER", r0002.OVER.partition(" AND NOT")[0], a_database_of_the_first_version_goes_on),
    "nothing is over": (r0002, "OVER", "SELECT 1", a_database_of_the_first_version_goes_on),
    "no lease": (r0002, "LEASED", "SELECT 1", a_database_of_the_first_version_goes_on),
    "the whole operation": (
        r0002,
        "FIRST_WORD",
        dict.fromkeys(r0002.FIRST_WORD, "operation"),
        a_database_of_the_first_version_goes_on,
    ),
    "what has ended is looked at": (r0002, "ENDS", dict.fromkeys(r0002.ENDS, ("-",)), a_database_of_the_first_version_goes_on),
    "a case is where it is since it was opened": (
        r0002,
        "SINCE",
        'UPDATE "case" SET since = opened_at',
        a_case_is_where_it_is_since_it_last_moved,
    ),
    "a case is where it is since it was heard of": (
        r0002,
        "SINCE",
        'UPDATE "case" SET since = changed_at',
        a_case_is_where_it_is_since_it_last_moved,
    ),
    "nothing is looked at": (r0002, "ENDS", {}, a_database_of_the_first_version_goes_on),
}


def test_a_journal_in_another_order_is_noticed(tmp_path: Path) -> None:
    by_case = (*r0003.ORDER[:2], ["kind", "key", "seq"])
    assert dies(Mutant(r0003, "ORDER", by_case, lambda: fresh_is_migrated(tmp_path / "x.db")))


@pytest.mark.parametrize("name", WRONG)
def test_the_mutant_dies(place: Place, name: str) -> None:
    part, attribute, wrong, check = WRONG[name]
    assert dies(Mutant(part, attribute, wrong, lambda: check(place)))


@pytest.mark.parametrize(
    "index", ["inbox_new", "inbox_held", "inbox_parked", "outbox_waiting", "timer_due", "case_look", "journal_of_case"]
)
def test_a_missing_index_is_noticed(tmp_path: Path, index: str) -> None:
    assert dies(Mutant(schema, "_making", _without(index), lambda: nothing_is_scanned(tmp_path / "x.db")))
