"""A reproduction as a pytest file that needs httpx and nothing of ours, so that it can be given to whoever mends the server.

May not hold a key, and needs no parcelflow. Non-obvious choice: where a finding says which status or state must come, the test
demands that. Where it says something that no line of Python states (a history, a page), it demands that the wrong answer is not
given again.
"""

import re
from collections.abc import Iterator

from ..findings import CHECKS, Finding
from .demands import CHANGING, LOOKS, demands
from .leaves import Path
from .program import After, Program, Sent, Variable

HEAD = '''"""{id}

{demanded}

Run: BASE_URL=... API_KEY=... pytest FILE; needs httpx and pytest.
"""

import os
import re
import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import httpx
'''

SUPPORT = '''
BASE_URL = os.environ.get("BASE_URL", {base_url!r}).rstrip("/")
API_KEY = os.environ.get("API_KEY", "")
NOW = datetime.fromisoformat(os.environ.get("NOW") or {now})


def at(told, *path):
    """The value that stands somewhere in a JSON value; "none" where a server that was mended has nothing to tell there."""
    try:
        for name in path:
            told = told[name]
    except (KeyError, IndexError, TypeError):
        return "none"
    return str(told)


def later(seconds):
    """An instant as the API has it."""
    return (NOW + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")


def body(answer):
    """An answer's JSON, or None."""
    try:
        return answer.json()
    except ValueError:
        return None


def shown(rent):
    """A rent as a client sees it: its type, its state, and whether it names a locker."""
    state = str(rent.get("state")).lower()
    housed = state != "finished" and bool(rent.get("locker"))
    return f"{{str(rent.get('type')).lower()}} {{state}}{{' in a locker' if housed else ''}}"


def constant(told, named):
    """What does not change from one run to the next: ids that are known by their names, and no instants, codes or other ids."""
    if isinstance(told, dict):
        return {{name: constant(item, named) for name, item in told.items()
                if str(item) in named or not re.search({changing!r}, name)}}
    if isinstance(told, list):
        return [constant(item, named) for item in told]
    if str(told) in named:
        return named[str(told)]
    return "..." if isinstance(told, str) and re.search({looks!r}, told) else told


def listed(told, known):
    """The names of a rent's states, or of its events, that are among the known ones, in the order in which they are listed."""
    told = told.get("docs", told.get("states", [])) if isinstance(told, dict) else told
    if told and isinstance(told[0], dict) and "states" in told[0]:
        told = told[0]["states"]
    words = [one if isinstance(one, str) else one.get("codeName") or one.get("state") or one.get("type") or one.get("event")
             for one in told]
    return [word for word in (str(word).lower() for word in words) if word in known]


def lockers(client, kind, count):
    """A bloq with so many free lockers, and these."""
    told = client.get(f"{{BASE_URL}}/bloqs", params={{"limit": 50}}).json()
    for bloq in told["docs"] if isinstance(told, dict) else told:
        free = [one.get("_id", one.get("id")) for one in bloq.get("lockers", ())
                if not one.get("rent") and one.get("active") is not False and not one.get("isOpen")]
        if len(free) >= count and (not bloq.get("supports") or kind in bloq["supports"]):
            return bloq.get("_id", bloq.get("id")), free[:count]
    raise RuntimeError(f"no bloq has {{count}} free lockers for a {{kind}}")
'''


def as_test(told: Program, finding: Finding, *, base_url: str) -> str:
    """The program as a pytest file.

    Args:
        told: What is sent.
        finding: What it must show.
        base_url: Where the API is, unless `$BASE_URL` says something else.
    """
    now = repr(told.now.isoformat()) if told.now else "datetime.now(UTC).isoformat()"
    check = CHECKS.get(finding.check)
    demanded = f"{check.demands} [{check.lines}]" if check else finding.check
    name = re.sub(r"\W+", "_", f"{finding.check} {finding.spot} {' '.join(finding.word[-1:])}").strip("_").lower()
    lines = [
        HEAD.format(id=finding.id, demanded=demanded).replace("\\", "/"),
        SUPPORT.format(base_url=base_url, now=now, changing=CHANGING, looks=LOOKS),
        "",
        f"def test_{name}():",
    ]
    lines.append('    with httpx.Client(headers={"X-API-KEY": API_KEY}, timeout=30) as client:')
    lines += ["        " + line for text in (*_setting(told, finding.kind), *_sending(told)) for line in text.splitlines()]
    lines += [f"    {line}" for text in demands(told, finding) for line in text.splitlines()]
    return "\n".join(lines) + "\n"


def _setting(told: Program, kind: str) -> Iterator[str]:
    if told.lockers:
        names = ", ".join(told.lockers)
        yield f"BLOQ, ({names},) = lockers(client, {kind!r}, {len(told.lockers)})"
    for name in told.chosen:
        made = "str(secrets.randbelow(90000000) + 10000000)" if "CODE" in name else '"again-" + secrets.token_hex(4)'
        yield f"{name} = {made}"
    yield "answers = []"


def _sending(told: Program) -> Iterator[str]:
    beside: list[Sent] = []
    for sent in told.sent:
        if beside and sent.at_once != beside[0].at_once:
            yield from _together(beside)
            beside = []
        if sent.at_once:
            beside.append(sent)
            continue
        yield f"answers.append({_call(sent)})"
        yield from (f"{name} = at(body(answers[-1]){_arguments(path)})" for name, path in sent.captures.items())
    yield from _together(beside)


def _together(beside: list[Sent]) -> Iterator[str]:
    if beside:
        calls = ", ".join(f"lambda: {_call(sent)}" for sent in beside)
        yield f"with ThreadPoolExecutor({len(beside)}) as pool:"
        yield f"    answers += [under_way.result() for under_way in [pool.submit(one) for one in ({calls},)]]"


def _arguments(path: Path) -> str:
    return "".join(f", {part!r}" for part in path)


def _call(sent: Sent) -> str:
    root = '{BASE_URL.split("//")[0]}//{BASE_URL.split("/")[2]}' if sent.root else "{BASE_URL}"
    path = "".join(f"{{{part.name}}}" if isinstance(part, Variable) else str(part).replace("{", "{{") for part in sent.path)
    words = [repr(sent.method), f"f'{root}{path}'"]
    if sent.query:
        words.append(f"params={_value(dict(sent.query))}")
    if sent.raw:
        words.append(f"content={sent.raw!r}")
    elif sent.has_body:
        words.append(f"json={_value(sent.body)}")
    return f"{'client' if sent.keyed and not sent.root else 'httpx'}.request({', '.join(words)})"


def _value(value: object) -> str:
    """A JSON value as Python, with its variables as names."""
    if isinstance(value, Variable):
        return value.name
    if isinstance(value, After):
        return f"later({value.seconds})"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name!r}: {_value(item)}" for name, item in value.items()) + "}"  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if isinstance(value, list):
        return "[" + ", ".join(_value(item) for item in value) + "]"  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return repr(value)
