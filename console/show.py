"""What the console shows: tables of cases and their histories, and pictures of them.

May not change anything. Non-obvious choice: a case is named `kind/key` everywhere, and the key alone will do where
one kind has it.
"""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.table import Table as Grid

from ..diagrams import CaseView, Detail, Passed, Picture, case_picture
from ..engine import CaseRow, JournalRow, Store, Views
from ..machines import DEFAULTS, MACHINES, BadSettingsError, Case, Outcome, Policies, UnknownCaseError, possible, table_of
from .settings import database, vault_of

STEPS = (Outcome.MOVED, Outcome.RECONCILED)
FITS_NOT = (Outcome.REFUSED, Outcome.CONTRADICTION)


@contextmanager
def views_of(folder: Path) -> Generator[Views]:
    """The views over a folder's database, of whatever version it is: who only looks changes nothing under whoever works.

    Raises:
        BadSettingsError: There is no database, or it cannot be used.
    """
    store = Store(database(folder), vault_of(folder), migrate=False)
    try:
        yield Views(store)
    finally:
        store.close()


def case_grid(cases: Sequence[CaseRow], title: str) -> Grid:
    """A table of cases."""
    grid = Grid(title=title, title_justify="left")
    for column in ("case", "state", "remote id", "steps", "changed"):
        grid.add_column(column)
    for case in cases:
        final = case.state in table_of(case.kind).finals
        name = f"{case.kind}/{case.key}"
        colour = "green" if final else "yellow"
        changed = f"{case.changed_at:%Y-%m-%d %H:%M:%S}"
        grid.add_row(name, f"[{colour}]{case.state}[/]", case.remote_id or "", str(case.version), changed)
    return grid


def history_grid(case: CaseRow, lines: Sequence[JournalRow]) -> Grid:
    """A case's journal as a table."""
    grid = Grid(title=f"{case.kind}/{case.key} is {case.state}", title_justify="left")
    for column in ("#", "at", "event", "outcome", "row", "way", "from whom, why"):
        grid.add_column(column)
    for line in lines:
        way = line.source if line.source == line.target else f"{line.source} → {line.target}"
        why = "; ".join(word for word in (line.evidence, line.reason) if word)
        told = line.outcome + (" (inferred)" if line.inferred else "")
        grid.add_row(str(line.seq), f"{line.at:%m-%d %H:%M:%S}", line.name, told, line.row or "", way, why)
    return grid


def next_grid(case: CaseRow, policies: Policies = DEFAULTS) -> Grid:
    """What may come next for a case, who may cause it, and what a wish for it would still have to bring."""
    grid = Grid(title="what may come next", title_justify="left")
    for column in ("trigger", "to", "by", "operation", "row", "still needs"):
        grid.add_column(column)
    for item in possible(Case(kind=case.kind, key=case.key, state=case.state, facts=case.facts), policies=policies):
        by = ", ".join(sorted(item.row.causes))
        grid.add_row(item.trigger, item.target, by, item.row.call or "", item.row.id, item.needs)
    return grid


def find_case(views: Views, name: str) -> CaseRow:
    """The case called `kind/key`, or `key` where one kind alone has it.

    Raises:
        UnknownCaseError: There is none, or the key alone names several.
    """
    kind, slash, key = name.partition("/")
    if slash:
        return views.case(kind, key)
    found = [case for case in views.cases() if case.key == name]
    if len(found) == 1:
        return found[0]
    if found:
        several = ", ".join(f"{case.kind}/{case.key}" for case in found)
        raise UnknownCaseError(f"{name!r} names several cases: {several}; give one of these")
    raise UnknownCaseError(f"there is no case {name!r}; `parcelflow cases` lists them")


def picture_of_case(views: Views, case: CaseRow, detail: Detail = Detail.CAUSES, *, policies: Policies = DEFAULTS) -> Picture:
    """The picture of a live case."""
    lines = views.journal(case.kind, case.key)
    steps = tuple(
        Passed(line.row or "", line.source, line.target, line.at, line.inferred) for line in lines if line.outcome in STEPS
    )
    refused = tuple(f"{line.outcome}: {line.reason}" for line in lines if line.outcome in FITS_NOT)
    return case_picture(table_of(case.kind, policies), CaseView(case.kind, case.key, case.state, steps, refused), detail)


def picture_in(folder: Path, name: str, detail: Detail = Detail.CAUSES, *, policies: Policies = DEFAULTS) -> Picture:
    """The picture of a case of a folder.

    Raises:
        UnknownCaseError: There is none, and `name` is no machine either, which would have been drawn without a folder.
    """
    no_machine = f"{name!r} is no machine ({', '.join(MACHINES)})"
    try:
        database(folder)
    except BadSettingsError:
        raise UnknownCaseError(f"{no_machine}; for a case give its folder with --folder") from None
    with views_of(folder) as views:
        try:
            case = find_case(views, name)
        except UnknownCaseError as error:
            raise UnknownCaseError(f"{no_machine}, and {error}") from None
        return picture_of_case(views, case, detail, policies=policies)


def file_name(case: CaseRow) -> Path:
    """Under which name a case's picture is kept."""
    return Path(f"{case.kind}-{case.key}.svg")
