"""What the test of a reproduction demands, as lines of Python, by the check that failed.

May not run anything. Non-obvious choice: what no line of Python states in general (a page, a webhook) is demanded by its
opposite: that the wrong answer, with what changes from run to run left out, is not given again.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pprint import pformat
from typing import TypeAlias, cast

from ..findings import Finding
from .program import After, Program, Sent

Demand: TypeAlias = Callable[[Program, Finding], Iterator[str]]

CHANGING = r"(?i)id$|at$|date|code|time|secret|limit"
LOOKS = r"\d{4}-\d\d-\d\dT|^[0-9a-f-]{12,}$|-\d+$"
REFUSALS = range(400, 500)


def demands(told: Program, finding: Finding) -> Iterator[str]:
    """The lines after the requests: `answers` are their answers, in order."""
    yield from DEMANDS.get(finding.check, _not_again)(told, finding)


def _of(finding: Finding) -> str:
    return repr(f"expected {finding.expected}; came {finding.got}")


def _asked(told: Program) -> int:
    """Number of the last request that was more than a look."""
    return next((number for number, sent in reversed([*enumerate(told.sent)]) if sent.method != "GET"), -1)


def _looks(told: Program, *, before: int | None = None) -> list[int]:
    """Numbers of the requests that read the rent, in order."""
    end = len(told.sent) if before is None else before
    return [number for number, sent in enumerate(told.sent[:end]) if sent.method == "GET" and _reads_rent(sent)]


def _reads_rent(sent: Sent) -> bool:
    words = [part for part in sent.path if part != "/"]
    return len(words) == 3 and words[1] == "rents"  # noqa: PLR2004 - "", rents, the id


def _refused(told: Program, finding: Finding) -> Iterator[str]:
    allowed = tuple(int(number) for number in re.findall(r"\b4\d\d\b", finding.expected))
    yield f"answer = answers[{_asked(told)}]"
    yield f"assert answer.status_code in {allowed or REFUSALS!r}, {_of(finding)}"


def _answered(told: Program, finding: Finding) -> Iterator[str]:
    """A check sends more than one request, and the wrong answer need not be the last one's."""
    allowed = tuple(int(number) for number in re.findall(r"\b4\d\d\b", finding.expected)) or REFUSALS
    came = {int(number) for number in re.findall(r"\b[2-5]\d\d\b", finding.got)}
    wrong = [number for number, sent in enumerate(told.sent) if sent.status in came and sent.status not in allowed]
    yield f"assert answers[{wrong[-1] if wrong else -1}].status_code in {allowed!r}, {_of(finding)}"


def _accepted(told: Program, finding: Finding) -> Iterator[str]:
    yield f"assert answers[{_asked(told)}].status_code < 400, {_of(finding)}"


def _no_error(_: Program, finding: Finding) -> Iterator[str]:
    yield f"assert max(answer.status_code for answer in answers) < 500, {_of(finding)}"


def _state(_: Program, finding: Finding) -> Iterator[str]:
    yield f"assert shown(body(answers[-1])) == {finding.expected!r}, {_of(finding)}"


def _trace(told: Program, finding: Finding) -> Iterator[str]:
    before, after = _looks(told, before=_asked(told))[-1:], _looks(told)[-1:]
    if not before or not after:
        yield from _not_again(told, finding)
        return
    yield f"before, after = body(answers[{before[0]}]), body(answers[{after[0]}])"
    yield "changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}"
    yield f'assert changed <= {{"updatedAt"}}, {_of(finding)}'


def _limit(told: Program, finding: Finding) -> Iterator[str]:
    asked = [cast("dict[str, object]", sent.body) for sent in told.sent if isinstance(sent.body, dict)]
    seconds = [found for body in asked if isinstance(found := body.get("expiryDate"), After)]
    if not seconds:
        yield from _not_again(told, finding)
        return
    yield 'shows = datetime.fromisoformat(body(answers[-1])["expiryDate"].replace("Z", "+00:00"))'
    yield f"assert abs(shows - NOW - timedelta(seconds={seconds[-1].seconds})) <= timedelta(seconds=1), {_of(finding)}"


def _locker(told: Program, finding: Finding) -> Iterator[str]:
    wanted = told.names.get(finding.expected.removeprefix("the locker "))
    if wanted is None:
        yield from _not_again(told, finding)
        return
    yield 'locker = body(answers[-1])["locker"]'
    yield f'assert (locker.get("_id", locker.get("id")) if isinstance(locker, dict) else locker) == {wanted}, {_of(finding)}'


def _allocation(told: Program, finding: Finding) -> Iterator[str]:
    if "RENT" not in told.names.values():
        yield from _not_again(told, finding)
        return
    yield 'holders = [one.get("rent") for one in body(answers[-1])["lockers"]]'
    yield 'holders = [one.get("_id", one.get("id")) if isinstance(one, dict) else one for one in holders]'
    yield f"assert {'RENT' if finding.expected.startswith('allocated') else 'RENT not'} in holders, {_of(finding)}"


def _door(told: Program, finding: Finding) -> Iterator[str]:
    yield f"mine = ({', '.join(told.lockers)},)"
    yield 'doors = [one.get("isOpen") for one in body(answers[-1])["lockers"] if one.get("_id", one.get("id")) in mine]'
    yield f"assert {'any(doors)' if finding.expected == 'open' else 'not any(doors)'}, {_of(finding)}"


def _events(_: Program, finding: Finding) -> Iterator[str]:
    """Names in their order; whether the newest stand first is the server's choice."""
    wrong = finding.got.split(" > ") if finding.got else []
    known = sorted({*wrong, *finding.expected.split(" > ")} - {""})
    yield f"names = listed(body(answers[-1]), {known!r})"
    yield f"assert names not in ({wrong!r}, {wrong[::-1]!r}), {_of(finding)}"


def _race(told: Program, finding: Finding) -> Iterator[str]:
    """Two requests at once meet only now and then, so that a test that passes once proves little."""
    beside = [number for number, sent in enumerate(told.sent) if sent.at_once]
    after = next((number for number in _looks(told) if beside and number > beside[-1]), None)
    if after is None:
        yield from _not_again(told, finding)
        return
    wrong = (tuple(told.sent[number].status for number in beside), finding.got.partition("; then ")[2])
    yield f"came = (tuple(answers[number].status_code for number in {beside!r}), shown(body(answers[{after}])))"
    yield f"assert came != {wrong!r}, {_of(finding)}"


def _not_again(told: Program, finding: Finding) -> Iterator[str]:
    last = told.sent[-1] if told.sent else None
    try:
        said = json.loads(last.said) if last else None
    except ValueError:
        said = None
    named = "".join(f"{name}: {name!r}, " for name in dict.fromkeys(told.names.values()))
    yield f"named = {{{named.removesuffix(', ')}}}"
    yield f"wrong = {pformat(constant(said, told.names), width=110, sort_dicts=False)}"
    yield "came = (answers[-1].status_code, constant(body(answers[-1]), named))"
    yield f"assert came != ({last.status if last else 0}, wrong), {_of(finding)}"


def constant(told: object, named: Mapping[str, str]) -> object:
    """What does not change from one run to the next; the test has a function of this name that does the same."""
    if isinstance(told, dict):
        members = cast("dict[str, object]", told)
        return {
            name: constant(item, named) for name, item in members.items() if str(item) in named or not re.search(CHANGING, name)
        }
    if isinstance(told, list):
        return [constant(item, named) for item in cast("list[object]", told)]
    if str(told) in named:
        return named[str(told)]
    return "..." if isinstance(told, str) and re.search(LOOKS, told) else told


DEMANDS: Mapping[str, Demand] = {
    "accepted": _accepted,
    "refused": _refused,
    "refusal-status": _refused,
    "server-error": _no_error,
    "state": _state,
    "parameters": _answered,
    "unknown-id": _answered,
    "key": _answered,
    "history": _events,
    "states-list": _events,
    "trace": _trace,
    "limit": _limit,
    "locker": _locker,
    "allocation": _allocation,
    "door": _door,
    "race": _race,
}
