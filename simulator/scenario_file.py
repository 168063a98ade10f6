"""Scenario files: reading them, and saying at which line something is wrong.

May not play one. Non-obvious choice: every mapping of a file remembers its line, so that whatever is wrong with a file, and
whatever was not as expected later, is told with the line at which to look.
"""

from dataclasses import dataclass
from math import isfinite
from typing import Any, cast

import yaml

from .scenario_lines import Lined, ScenarioError, UnexpectedError, UnusableError
from .scenario_shapes import check_besides, check_expectation, check_given
from .scenario_words import EXPECTATIONS, VERBS

__all__ = ["Lined", "Scenario", "ScenarioError", "UnexpectedError", "UnusableError", "list_of", "read", "verb_of", "word_of"]

SECTIONS = ("scenario", "given", "when", "then", "and")
GIVEN = ("settings", "webhooks", "orders", "tasks", "world")
BESIDES = ("as", "refused", "lost")
"""What a step may say besides its word."""


class _Loader(yaml.SafeLoader):
    """YAML whose mappings know their line."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> Lined:
    names: set[str] = set()
    for key, _ in node.value:
        name: object = "<<" if key.tag == "tag:yaml.org,2002:merge" else cast("object", loader.construct_object(key, deep=True))  # pyright: ignore[reportUnknownMemberType] - PyYAML has no types here
        line = key.start_mark.line + 1
        if not isinstance(name, str):
            raise UnusableError(line, f"a name is a text, and this one needs quotes; got {name!r}")
        if name in names:
            raise UnusableError(line, f"a name stands once in a mapping; got {name!r} twice")
        names.add(name)
    made = Lined(cast("dict[str, Any]", loader.construct_mapping(node, deep=True)))
    made.line = node.start_mark.line + 1
    return made


def _text(loader: _Loader, node: yaml.ScalarNode) -> str:
    return str(loader.construct_scalar(node))


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)
# A date stays the text that it is: it is sent, not calculated with.
_Loader.add_constructor("tag:yaml.org,2002:timestamp", _text)


@dataclass(frozen=True, slots=True)
class Scenario:
    """A file, read: its title, what is given, and blocks of steps and expectations."""

    title: str
    given: Lined
    blocks: tuple[Lined, ...]


def read(text: str) -> Scenario:
    """Read a scenario.

    Raises:
        UnusableError: It is no YAML, or no scenario.
    """
    try:
        told: object = yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader that also counts lines
        _plain(told, 1)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise UnusableError(1 if mark is None else mark.line + 1, f"no YAML: {getattr(error, 'problem', error)}") from error
    except RecursionError as error:
        raise UnusableError(1, "a scenario is a story and not nested without end") from error
    except ValueError as error:  # of a number, a date or bytes that look like one and are none
        raise UnusableError(1, f"no YAML: {error}") from error
    if not isinstance(told, Lined) or not isinstance(told.get("scenario"), str):
        raise UnusableError(1, "a scenario is a mapping that begins with `scenario:` and a title")
    blocks = [told, *list_of(told, "and")]
    for block in blocks:
        if not isinstance(block, Lined):
            raise UnusableError(told.line, "`and` is a list of blocks, each with `when` and `then`")
        _only(block, SECTIONS if block is told else ("when", "then"))
        for step in list_of(block, "when"):
            verb_of(step, block.line)
            check_besides(step)
        for expected in list_of(block, "then"):
            check_expectation(expected, word_of(expected, block.line))
    return Scenario(told["scenario"], _given(told), tuple(blocks))


def _given(told: Lined) -> Lined:
    given = told.get("given") or Lined()
    if not isinstance(given, Lined):
        raise UnusableError(told.line, "`given` is a mapping of settings and webhooks")
    _only(given, GIVEN)
    check_given(given)
    return given


def _plain(value: Any, line: int) -> None:  # noqa: ANN401 - YAML
    """Refuse what JSON cannot say."""
    match value:
        case dict():
            for one in cast("dict[str, Any]", value).values():
                _plain(one, value.line if isinstance(value, Lined) else line)
        case list():
            for one in cast("list[Any]", value):
                _plain(one, line)
        case bool() | int() | None:
            pass
        case str() if value.isprintable() or value.encode(errors="replace").decode() == value:
            pass
        case float() if isfinite(value):
            pass
        case _:
            raise UnusableError(line, f"a value is a text, a finite number, true, false, a list or a mapping; got {value!r}")


def _only(mapping: Lined, allowed: tuple[str, ...]) -> None:
    for name in mapping:
        if name not in allowed:
            raise UnusableError(mapping.line, f"there is no `{name}` here; there is: {', '.join(allowed)}")


def list_of(mapping: Lined, name: str) -> list[Any]:
    """A list of a mapping; an absent one is empty.

    Raises:
        UnusableError: It is no list.
    """
    found: Any = mapping.get(name) or []
    if not isinstance(found, list):
        raise UnusableError(mapping.line, f"`{name}` is a list, each line of it begins with a dash")
    return cast("list[Any]", found)


def verb_of(step: object, near: int) -> str:
    """The one word of a step.

    Raises:
        UnusableError: It has none, more than one, or an unknown one.
    """
    if not isinstance(step, Lined):
        raise UnusableError(near, f"a step is a word and what it is about, as in `make: parcel`, got {step!r}")
    words = [name for name in step if name not in BESIDES]
    if len(words) != 1 or words[0] not in VERBS:
        raise UnusableError(step.line, f"a step has one word of: {', '.join(VERBS)}; got {', '.join(words) or 'none'}")
    return words[0]


def word_of(expected: object, near: int) -> str:
    """The one word of an expectation.

    Raises:
        UnusableError: As `verb_of`.
    """
    if not isinstance(expected, Lined) or len(expected) != 1 or next(iter(expected)) not in EXPECTATIONS:
        line = expected.line if isinstance(expected, Lined) else near
        raise UnusableError(line, f"an expectation is one of: {', '.join(EXPECTATIONS)}")
    return next(iter(expected))
