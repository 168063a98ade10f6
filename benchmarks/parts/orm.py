"""A peer: a SQLModel session, ORM objects and a fresh chart for every event, one commit each, as one would write it first.

May not be slower than it has to be: what the rows hold was computed before, and the session keeps no object longer than its
event. Non-obvious choice: it writes the engine's own rows through the engine's own classes; only the way there differs.
"""

# pyright: reportUnknownMemberType=false
# `send` takes any payload, and says so by being untyped.

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import event, inspect
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel import Session, SQLModel, create_engine, select

from parcelflow.engine import CaseRow
from parcelflow.machines.row import Scene

from .database import DURABLE, bare
from .floor import Plan, write_all
from .recording import Act as WriteAct
from .recording import filled
from .rounds import Act, Run, rate
from .workload import KIND, LIFE, Told, key, lives, machine, opened, restored, token

LIVES = 40
Read: TypeAlias = Callable[[object], object]


@dataclass
class Model:
    """What a chart is restored from."""

    state: str


@dataclass(frozen=True, slots=True)
class Line:
    """One object to add, change or delete: its class, what finds it, and its attributes."""

    model: type[SQLModel]
    act: WriteAct
    key: tuple[object, ...]
    values: Mapping[str, object]


class Forms:
    """Makes lines: the rows' values as Python has them, instants and dictionaries."""

    def __init__(self, plan: Plan, dialect: Any) -> None:  # noqa: ANN401 - SQLAlchemy's, which its types take
        self._plan = plan
        self._models: dict[str, type[SQLModel]] = {}
        self._reads: dict[tuple[str, str], Read | None] = {}
        for model in _models(SQLModel):
            mapper = inspect(model)
            name = str(mapper.local_table)
            self._models[name] = model
            for column in mapper.columns:
                self._reads[name, column.name] = column.type.dialect_impl(dialect).result_processor(dialect, None)

    def of(self, told: Told) -> list[Line]:
        """The lines of one event."""
        writes, numbers = self._plan.forms(told)
        found: list[Line] = []
        for write in writes:
            key, values = (
                {name: self._value(write.table, name, filled(form, token(told.case), numbers)) for name, form in forms.items()}
                for forms in (write.key, write.values)
            )
            found.append(Line(self._models[write.table], write.act, tuple(key.values()), values))
        return found

    def _value(self, table: str, column: str, raw: object) -> object:
        read = self._reads[table, column]
        return raw if read is None or raw is None else read(raw)


def _models(base: type[SQLModel]) -> list[type[SQLModel]]:
    return [model for child in base.__subclasses__() for model in (child, *_models(child)) if hasattr(model, "__table__")]


def orm_contender(run: Run, stack: ExitStack) -> Act:
    """Events per second that the peer decides; their messages are there before the clock runs."""
    file = run.folder / "orm.db"
    opened(file).stop()
    plan = Plan.of(run.forms, file)
    connection = stack.enter_context(bare(file))
    database = create_engine(f"sqlite:///{file}")
    event.listen(database, "connect", _prepare)
    stack.callback(database.dispose)
    forms, many = Forms(plan, database.dialect), run.many(LIVES)

    def act(number: int) -> float:
        events = lives(number * many, many)
        write_all(connection, plan.accepted(events), per_commit=len(events))
        work = [(told, forms.of(told)) for told in events]
        return rate(len(work), lambda: [_decide(Session(database), told, lines) for told, lines in work])

    return act


def _prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for pragma in DURABLE:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _decide(session: Session, told: Told, lines: Sequence[Line]) -> None:
    with session:
        query = select(CaseRow).where(CaseRow.kind == KIND, CaseRow.key == key(token(told.case)))
        case = session.exec(query).first()
        model = Model(LIFE[0].source if case is None else case.state)
        before, said = restored(told.step)
        facts = before.facts if case is None else case.facts
        machine().machine.chart(model).send(LIFE[told.step].row.trigger, scene=Scene(facts, said))
        assert model.state == LIFE[told.step].target
        for line in lines:
            _write(session, line)
        session.commit()


def _write(session: Session, line: Line) -> None:
    if line.act == "insert":
        session.add(line.model(**line.values))
        return
    row = session.get(line.model, line.key)
    assert row is not None
    if line.act == "delete":
        session.delete(row)
        return
    for name, value in line.values.items():
        setattr(row, name, value)
