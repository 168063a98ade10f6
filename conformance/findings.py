"""What a run finds: the named checks with their lines of the document, and one deviation from them.

May not judge. Non-obvious choice: a check is a name before it is code, so that a baseline file, a report of last month and
`conform explain` mean the same thing by it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from .bench import Record
from .mealy import Word


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that is held against every server.

    Attributes:
        demands: What must be, in one sentence.
        lines: Lines of the document, or why it was inferred.
    """

    demands: str
    lines: str


CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        "accepted": Check("what the machine allows is accepted", "the row's own lines; B:49-58"),
        "refused": Check("what the machine does not allow is refused", "B:54"),
        "refusal-status": Check("a request that the state does not allow is answered 409", "B:54"),
        "server-error": Check("no request is answered 500", "B:56"),
        "state": Check("a rent is in the state that the row leads to", "the row's own lines; B:1344"),
        "answer": Check("the answer to an accepted request shows the state that the rent has then", "B:1940-1954"),
        "foreign": Check("what is for rents of another type is refused", "B:2276-2881, 3068"),
        "unreadable": Check("a rent that exists can be read, and has an id, a type and a state", "B:1686-1737"),
        "locker": Check("a rent names the locker that was chosen for it, and no other", "B:2409, 2566, 2782"),
        "trace": Check("a refused request leaves no trace on the rent", "B:54"),
        "states-list": Check("states[] lists the states that the rent was in, in their order", "B:1621-1637"),
        "history": Check("the history tells every event of the rent once, in their order, and no others", "B:1643, 3454-3474"),
        "allocation": Check(
            "a locker has the rent that it is allocated to until this is finished, cancelled and expired rents included",
            "B:1960, 2393, 2395, 495",
        ),
        "door": Check("a door is open while its rent says so, and closed else", "B:502, 3444-3445"),
        "limit": Check("a rent shows the limit that was set last", "B:1745, 1856"),
        "external-id": Check("a rent is found by the external id that it was created with", "B:1586-1637"),
        "list": Check("lists have the rents that fit their filters, and no others", "B:1305-1584"),
        "free-lockers": Check("free lockers are the active ones without a rent", "B:201"),
        "one-rent": Check("a locker has at most one unfinished rent", "B:201, 2409"),
        "boundary": Check("a limit holds to the second: not before it, and from it on", "B:2425, 2430, 2435, 3463"),
        "parameters": Check("a request with a wrong or missing parameter is answered 400", "B:50"),
        "unknown-id": Check("an id that nothing has is answered 404", "B:53"),
        "key": Check("a request without the right key is answered 401", "B:51"),
        "others": Check("what is done to one rent changes no other", "B:1301"),
        "race": Check("two requests at once end as one after the other would, in one of the two orders", "B:54"),
        "paging": Check("pages hold every document once, and as many as they say", "B:73-83, 133-139"),
        "webhook": Check(
            "each event is told once, by its name, of its rent, signed, and not before it can be read", "B:3441-3531"
        ),
        "created": Check("a created rent has what it was created with", "B:2397-2547, 2887-2994"),
        "codes": Check("a rent opens for its own pick-up code, and for no other", "B:2117, 3472"),
        "one-task": Check("a mapping key has one task, however often it is sent", "K:175, 195; E15"),
        "type": Check("the type of a task never changes", "K:195, 227; E3"),
        "agent": Check("a task names its driver while it has one, and none while it has none", "K:246, 251-253"),
        "leak": Check("a rent can be brought to its end, and its locker is free then", "B:1960, 2062"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One deviation.

    Attributes:
        check: Its name among `CHECKS`.
        kind: The rent type.
        word: What was done, from the creation on.
        spot: Where the rent was before the last of it.
        expected: What must be.
        got: What is.
        rows: Rows of the tables that say so.
        evidence: Their lines in the document.
        records: The requests, those at the end first lost.
        repeated: How often it happened again when the same was done to fresh rents, of how many times.
        story: Title of the scenario, where it is one of those that are told by name.
    """

    check: str
    kind: str
    word: Word
    spot: str
    expected: str
    got: str
    rows: tuple[str, ...] = ()
    evidence: str = ""
    records: tuple[Record, ...] = field(default=(), repr=False, compare=False)
    repeated: tuple[int, int] = (0, 0)
    story: str = ""

    @property
    def cell(self) -> tuple[str, str, str]:
        """Findings of one cell are one defect, as far as anybody can tell."""
        return self.check, self.spot, self.word[-1] if self.word else self.story

    @property
    def id(self) -> str:
        """A name by which it can be asked for again, the same in every run."""
        return "~".join((self.check, *self.cell[1:])).replace(" ", "-")
