"""Answers of callers, looked at before they are believed.

May not call. Non-obvious choice: a caller is a user's code, and its author may use no type checker; what it answers is written
down later, in a transaction with others' answers, which it must not be able to spoil.
"""

import json

from ..machines import Answer, Done, Refused, TryLater, Unknown

LONGEST_NAME = 500
"""Characters of an id or a key. They are indexed, and PostgreSQL indexes nothing of more than 2704 bytes: what is never written
would be tried again for ever, and everything else would wait."""


def usable(answer: object) -> Answer:
    """The answer of a caller, whose author may use no type checker, if it is one that can be kept.

    Raises:
        TypeError: It is none of the four, or its data is not JSON.
        ValueError: Its data contains itself, or a number that JSON has not; or its remote id has a NUL, or is too long.
    """
    if not isinstance(answer, Done | Refused | TryLater | Unknown):
        raise TypeError(f"{answer!r} is no answer; that is one of Done, Refused, TryLater, Unknown")
    if isinstance(answer, Done):
        json.dumps(dict(answer.data), allow_nan=False)
        if "\x00" in (answer.remote_id or ""):
            raise ValueError("a remote id with a NUL in it cannot be kept")
        if len(answer.remote_id or "") > LONGEST_NAME:
            raise ValueError(f"a remote id of more than {LONGEST_NAME} characters cannot be kept")
    return answer
