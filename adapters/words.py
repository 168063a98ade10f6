"""Open enumerations: a remote's words for states, types and events, of which the documents know some and not all.

May not know any API. Non-obvious choice: a word *is* a text, our spelling of it, so that it compares, sorts, hashes and travels
like one; what came is kept beside it. A closed enum would either lose an unknown word or refuse the whole message, and a pair of
raw text and enum would be compared the wrong way by somebody.
"""

from typing import Any, ClassVar, Self, cast

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from ..machines.vendor import (
    BLOQIT_EVENT,
    LOCATION_STATE,
    LOCKER_SIZE,
    ORDER_TYPE,
    RENT_STATE,
    RENT_TYPE,
    TASK_EVENT,
    Vocabulary,
)


class Word(str):
    """A word of a vocabulary, however it was spelled (A16), or an unknown one as it came.

    `RentState("CANCELED") == "cancelled"`, its `raw` is `"CANCELED"`. As JSON it is what came.

    Args:
        raw: The remote's word.

    Attributes:
        raw: What came.
        known: Whether the documents know it.
    """

    __slots__ = ("known", "raw")

    vocabulary: ClassVar[Vocabulary]
    raw: str
    known: bool

    def __new__(cls, raw: str) -> Self:
        """Read it; a word that has been read already stays as it is."""
        word = super().__new__(cls, cls.ours(raw))
        word.raw = raw.raw if isinstance(raw, Word) else str(raw)
        word.known = cls.vocabulary.knows(word)
        return word

    @classmethod
    def ours(cls, raw: str) -> str:
        """Our spelling of a word; an unknown one as it came."""
        return cls.vocabulary.read(raw)

    def __getnewargs__(self) -> tuple[str]:
        return (self.raw,)  # what a copy or an unpickled word is made of: without it the spelling would be lost

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """For pydantic: a non-empty text or a number is a word, anything else is not known."""
        return core_schema.no_info_plain_validator_function(
            cls._read, serialization=core_schema.plain_serializer_function_ser_schema(_as_it_came, when_used="json-unless-none")
        )

    @classmethod
    def _read(cls, value: object) -> Any:  # noqa: ANN401 - a word or None, and fields say which they take
        text = None if isinstance(value, bool) or not isinstance(value, str | int) else str(value).strip()
        return cls(cast("str", value) if isinstance(value, Word) else text) if text and text != "null" else None


def _as_it_came(word: object) -> str:
    return word.raw if isinstance(word, Word) else str(word)


class RentState(Word):
    """A rent's state: one of thirteen (B:1344)."""

    __slots__ = ()
    vocabulary = RENT_STATE


class RentType(Word):
    """A rent's type: store, send, delivery or return (B:100)."""

    __slots__ = ()
    vocabulary = RENT_TYPE


class LocationState(Word):
    """A bloq location's state: created, deployed or churned (B:819)."""

    __slots__ = ()
    vocabulary = LOCATION_STATE


class LockerSize(Word):
    """A locker's size: XS to XL (B:94)."""

    __slots__ = ()
    vocabulary = LOCKER_SIZE


class BloqitEvent(Word):
    """The name of a Bloq.it event: one of 42 (B:3444-3485)."""

    __slots__ = ()
    vocabulary = BLOQIT_EVENT

    @classmethod
    def ours(cls, raw: str) -> str:
        """As it came: a title like "Rent finished" is no event's name, however much it looks like one (A34)."""
        return raw


class OrderType(Word):
    """An order's type: PICK-UP, DINE-IN or DELIVERY (K:76)."""

    __slots__ = ()
    vocabulary = ORDER_TYPE


class TaskEvent(Word):
    """The name of a task's event: one of ten (K:247-258)."""

    __slots__ = ()
    vocabulary = TASK_EVENT
