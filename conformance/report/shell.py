"""A reproduction as `curl` lines that can be pasted: the key as `$API_KEY`, ids as variables that are captured on the way.

May not hold a key. Non-obvious choice: ids are read out of answers by `python3` and not by `jq`. Whoever runs this kit has a
Python; half of the machines that are found in a CI have no jq.
"""

import json
import re
from collections.abc import Iterator
from shlex import quote as quoted
from urllib.parse import quote as percent

from .program import After, Part, Program, Sent, Variable

OF = (
    "import json, sys\n"
    "try:\n"
    "    told = json.JSONDecoder().raw_decode(sys.stdin.read().lstrip())[0]\n"
    "    for name in sys.argv[1:]:\n"
    "        told = told[int(name) if isinstance(told, list) else name]\n"
    "except (ValueError, KeyError, IndexError, TypeError):\n"
    '    told = "none"\n'
    "print(told)"
)
"""Reads one value out of a JSON text by its path."""

FREE = (
    "import json, sys\n"
    "kind, names = sys.argv[1], sys.argv[2:]\n"
    "told = json.load(sys.stdin)\n"
    'for bloq in told["docs"] if isinstance(told, dict) else told:\n'
    '    free = [one.get("_id", one.get("id")) for one in bloq.get("lockers", ())\n'
    '            if not one.get("rent") and one.get("active") is not False and not one.get("isOpen")]\n'
    '    if len(free) >= len(names) and (not bloq.get("supports") or kind in bloq["supports"]):\n'
    '        print("BLOQ=%s" % bloq.get("_id", bloq.get("id")), *("%s=%s" % pair for pair in zip(names, free)))\n'
    "        break"
)
"""Reads a bloq with enough free lockers out of the list of bloqs, as shell assignments."""

LATER = (
    "import sys\n"
    "from datetime import datetime, timedelta\n"
    'now = datetime.fromisoformat(sys.argv[1].replace("Z", "+00:00"))\n'
    'print((now + timedelta(seconds=int(sys.argv[2]))).isoformat().replace("+00:00", "Z"))'
)
KEY = '-H "X-API-KEY: $API_KEY"'
JSON_BODY = "-H 'Content-Type: application/json'"
SHOWS = "-w '\\n%{http_code}\\n'"


PRELUDE = f"""\
: "${{API_KEY:?say it in the environment: export API_KEY=...}}"
ROOT="$(printf %s "$BASE_URL" | cut -d/ -f1-3)"
of() {{ python3 -c {quoted(OF)} "$@"; }}
later() {{ python3 -c {quoted(LATER)} "$NOW" "$1"; }}
code() {{ python3 -c 'import secrets; print(secrets.randbelow(90000000) + 10000000)'; }}
free() {{ curl -sS {KEY} "$BASE_URL/bloqs?limit=50" | python3 -c {quoted(FREE)} "$@"; }}
"""
"""What the lines of every reproduction use: an answer's members, instants, codes and free lockers."""


def prelude(base_url: str) -> str:
    """What has to be pasted once, before the lines of any reproduction."""
    return f'BASE_URL="${{BASE_URL:-{base_url}}}"\n{PRELUDE}'


def shell(told: Program, *, kind: str, base_url: str, comments: tuple[str, ...] = ()) -> str:
    """The program as a POSIX shell script.

    Args:
        told: What is sent.
        kind: The rent type, which the bloq has to support.
        base_url: Where the API is, unless `$BASE_URL` says something else.
        comments: Lines for its head.
    """
    head = "".join(f"# {line}\n" for comment in comments for line in comment.splitlines())
    return f"#!/bin/sh\n{head}{prelude(base_url)}\n" + "\n".join(curls(told, kind)) + "\n"


def curls(told: Program, kind: str) -> Iterator[str]:
    """The lines of a program after the prelude."""
    yield from _setting(told, kind)
    group = 0
    for sent in told.sent:
        if group and sent.at_once != group:
            yield "wait"
        group = sent.at_once
        yield from _request(sent)
    if group:
        yield "wait"


def _setting(told: Program, kind: str) -> Iterator[str]:
    if told.dated:
        now = f"${{NOW:-{told.now.isoformat()}}}" if told.now else "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
        yield f'NOW="{now}"  # where the server\'s clock stands'
    if told.lockers:
        yield f'eval "$(free {kind} {" ".join(told.lockers)})"; echo "{" ".join(f"{name}=${name}" for name in told.lockers)}"'
    for name in told.chosen:
        yield f'{name}="{"$(code)" if "CODE" in name else "again-$(date +%s)-$$"}"'


def _request(sent: Sent) -> Iterator[str]:
    words = ["curl -sS", SHOWS]
    if sent.method != "GET":
        words.append(f"-X {sent.method}")
    if sent.keyed and not sent.root:
        words.append(KEY)
    if sent.has_body:
        words += [JSON_BODY, f'-d "{_safe(sent.raw) if sent.raw else _json(sent.body)}"']
    words.append(f'"{"$ROOT" if sent.root else "$BASE_URL"}{"".join(map(_part, sent.path))}{_query(sent)}"')
    line = " ".join(words)
    if not sent.captures:
        yield line + (" &" if sent.at_once else "")
        return
    yield f'ANSWER="$({line})"; echo "$ANSWER"'
    for name, path in sent.captures.items():
        yield f'{name}="$(printf %s "$ANSWER" | of {" ".join(quoted(str(part)) for part in path)})"; echo "{name}=${name}"'


def _query(sent: Sent) -> str:
    return "?" + "&".join(f"{name}={_part(_encoded(value))}" for name, value in sent.query) if sent.query else ""


def _encoded(part: Part) -> Part:
    return percent(part, safe="") if isinstance(part, str) else part


def _part(part: Part) -> str:
    if isinstance(part, Variable):
        return f"${{{part.name}}}"
    return f"$(later {part.seconds})" if isinstance(part, After) else _safe(part)


def _json(body: object) -> str:
    """A JSON body inside double quotes, whose variables the shell fills in."""
    pieces = re.split(r"\\u0001(.*?)\\u0001", json.dumps(body, default=_mark, ensure_ascii=False))
    return "".join(_safe(piece) if number % 2 == 0 else piece for number, piece in enumerate(pieces))


def _mark(part: object) -> str:
    """A variable as text between marks that no JSON of ours has, so that its own quotes stay and nothing of it is escaped."""
    assert isinstance(part, Variable | After)  # noqa: S101 - there is nothing else in a body
    return f"\x01{_part(part)}\x01"


def _safe(text: str) -> str:
    """Text inside double quotes of a shell."""
    return re.sub(r'([\\"$`])', r"\\\1", text)
