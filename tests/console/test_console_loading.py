"""What the command line loads, and when: nothing for its help, and for a command what that command needs.

May not measure time, which says more of the machine than of the code. Non-obvious choice: what is loaded is read from
`sys.modules` of a fresh process, since everything is loaded already in the one that runs the tests.
"""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr
from importlib import import_module
from io import StringIO
from pkgutil import walk_packages
from types import ModuleType

import click
import pytest
from click.testing import CliRunner
from killing import Mutant, dies

from parcelflow import console
from parcelflow.conformance import inputs, levels, plugin
from parcelflow.console import conform_options
from parcelflow.console import main as top
from parcelflow.console.conform import conform
from parcelflow.console.lazy import Lazy, LazyGroup
from parcelflow.console.main import DEFECT, cli
from parcelflow.machines import BadSettingsError

GROUPS: tuple[LazyGroup, ...] = (cli, conform)
WHOLE = 1_000
"""Characters: more than a sentence has."""
BEFORE = ""
"""What a process of a test does first: a mutant's place."""
LOADING = """
import sys
{before}
from parcelflow.console import main
sys.argv = ["parcelflow", *{words!r}]
try:
    main.main()
except SystemExit as end:
    print(end.code, *sys.modules, file=sys.stderr)
"""


def loaded(*words: str, code: int = 0) -> set[str]:
    """The modules that a command has loaded once it has ended as it should."""
    script = LOADING.format(before=BEFORE, words=words)
    run = subprocess.run((sys.executable, "-c", script), capture_output=True, text=True, check=True)
    said, *modules = run.stderr.splitlines()[-1].split()
    assert said == str(code), run.stderr
    return set(modules)


def help_loads_nothing() -> None:
    heavy = {"hypothesis", "sqlmodel", "starlette", "statemachine", "pydantic", "httpx", "rich", "parcelflow.machines"}
    assert loaded("--help") & heavy == set()


def a_wrong_word_loads_nothing() -> None:
    assert loaded("frobnicate", code=2) & {"hypothesis", "sqlmodel", "starlette", "statemachine"} == set()


def a_machine_is_drawn_without_the_engine() -> None:
    heavy = {"hypothesis", "sqlmodel", "starlette", "pydantic", "httpx", "parcelflow.engine", "parcelflow.adapters"}
    assert loaded("diagram", "delivery", "--folder", "no/folder") & heavy == set()


def the_kit_is_not_loaded_to_say_what_it_takes() -> None:
    heavy = {"hypothesis", "sqlmodel", "starlette", "pydantic", "httpx", "parcelflow.conformance"}
    assert loaded("conform", "--help") & heavy == set()


def the_simulator_needs_no_engine_and_the_engine_no_simulator() -> None:
    assert loaded("simulate", "--help") & {"hypothesis", "sqlmodel", "parcelflow.engine", "parcelflow.conformance"} == set()
    assert loaded("letters", "--help") & {"hypothesis", "uvicorn", "parcelflow.simulator", "parcelflow.conformance"} == set()


def each_command_is_where_the_table_says_and_says_what_the_table_says() -> None:
    for group in GROUPS:
        for name, entry in group.table.items():
            command = entry.load()
            assert isinstance(command, click.Command), name
            assert command.name == name
            assert command.get_short_help_str(WHOLE) == group.commands[name].get_short_help_str(WHOLE) == entry.says
            assert not command.hidden
            assert group.get_command(click.Context(group), name) is command


def every_command_of_the_room_stands_in_a_table() -> None:
    assert {entry.load() for group in GROUPS for entry in group.table.values()} | {cli} == set(_commands())


def _commands() -> Iterator[click.Command]:
    for module in walk_packages(console.__path__, f"{console.__name__}."):
        for thing in vars(import_module(module.name)).values():
            if isinstance(thing, click.Command):
                yield thing


def help_reads_as_if_everything_were_loaded() -> None:
    for group in GROUPS:
        commands = {name: entry.load() for name, entry in group.table.items()}
        plain = click.Group(commands=commands, help=group.help, params=group.params, context_settings=group.context_settings)
        plain.subcommand_metavar = group.subcommand_metavar
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(group, "_help_option", None)  # what it was called as before, in whatever test, is kept there
            told, wanted = (CliRunner().invoke(one, ["--help"], prog_name="x").output for one in (group, plain))
        assert told == wanted


def a_command_that_cannot_be_loaded_is_a_defect_unless_we_say_why() -> None:
    for error, code, said in (
        (BadSettingsError("it takes more"), 2, "parcelflow: it takes more\n"),
        (OSError("no disk"), DEFECT, "parcelflow: a defect of ours, please report it: OSError: no disk\n"),
    ):
        assert _ended_with(error) == (code, said)


def _ended_with(error: Exception) -> tuple[object, str]:
    """How the program ends, and with which words, where a command cannot be loaded."""

    class Broken(ModuleType):
        def __getattr__(self, name: str) -> object:
            raise error

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "parcelflow.console.broken", Broken("broken"))
        patch.setitem(cli.table, "cases", Lazy("broken:cases", ""))
        patch.setattr(sys, "argv", ["parcelflow", "cases"])
        with redirect_stderr(StringIO()) as said, pytest.raises(SystemExit) as ended:
            top.main()
    return ended.value.code, said.getvalue()


def what_the_kit_takes_is_said_twice_alike() -> None:
    assert conform_options.RENTS == inputs.RENTS
    assert conform_options.LEVELS == plugin.LEVELS == tuple(level.value for level in levels.Level)


CHECKS: tuple[Callable[[], None], ...] = (
    help_loads_nothing,
    a_wrong_word_loads_nothing,
    a_machine_is_drawn_without_the_engine,
    the_kit_is_not_loaded_to_say_what_it_takes,
    the_simulator_needs_no_engine_and_the_engine_no_simulator,
    each_command_is_where_the_table_says_and_says_what_the_table_says,
    every_command_of_the_room_stands_in_a_table,
    help_reads_as_if_everything_were_loaded,
    a_command_that_cannot_be_loaded_is_a_defect_unless_we_say_why,
    what_the_kit_takes_is_said_twice_alike,
)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_it_is_so(check: Callable[[], None]) -> None:
    check()


def test_what_was_meant_is_guessed_without_loading_it() -> None:
    said = CliRunner().invoke(cli, ["diagrm"]).output.splitlines()[-1]
    assert said == "Error: No such command 'diagrm'. Did you mean 'diagram'?"


HERE = sys.modules[__name__]
AS_CLICK_DOES = "import click; from parcelflow.console import lazy; lazy.LazyGroup.format_commands = click.Group.format_commands"
WITHOUT_WORKER = {name: entry for name, entry in cli.table.items() if name != "worker"}
AT_ONCE = "import hypothesis"
MUTANTS = (
    Mutant(HERE, "BEFORE", AS_CLICK_DOES, help_loads_nothing),
    Mutant(HERE, "BEFORE", AT_ONCE, the_kit_is_not_loaded_to_say_what_it_takes),
    Mutant(HERE, "BEFORE", AT_ONCE, a_wrong_word_loads_nothing),
    Mutant(HERE, "BEFORE", AT_ONCE, a_machine_is_drawn_without_the_engine),
    Mutant(HERE, "BEFORE", AT_ONCE, the_simulator_needs_no_engine_and_the_engine_no_simulator),
    Mutant(
        cli,
        "table",
        {**cli.table, "case": Lazy("cases:cases", cli.table["case"].says)},
        each_command_is_where_the_table_says_and_says_what_the_table_says,
    ),
    Mutant(
        conform,
        "table",
        {**conform.table, "learn": Lazy("conform_learn:learn", "Learn.")},
        each_command_is_where_the_table_says_and_says_what_the_table_says,
    ),
    Mutant(cli, "table", WITHOUT_WORKER, every_command_of_the_room_stands_in_a_table),
    Mutant(cli, "commands", {**cli.commands, "case": click.Command("case")}, help_reads_as_if_everything_were_loaded),
    Mutant(top, "ERRORS", "errors", a_command_that_cannot_be_loaded_is_a_defect_unless_we_say_why),
    Mutant(top, "_meant", bool, a_command_that_cannot_be_loaded_is_a_defect_unless_we_say_why),
    Mutant(conform_options, "RENTS", inputs.RENTS[1:], what_the_kit_takes_is_said_twice_alike),
)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: f"{mutant.name}: {mutant.check.__name__}")
def test_the_mutant_is_noticed(mutant: Mutant) -> None:
    assert dies(mutant)
