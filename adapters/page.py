"""Pages: what a list answers, and the way through all of its pages.

May not send anything. Non-obvious choice: the end of a list is told by what came and not only by the count that the envelope
claims (A57), and documents are told apart by their ids: what moves from one page to the next while we read comes once.
"""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Generic, TypeVar, cast

from pydantic import BeforeValidator, Field, model_validator

from ..machines import Json
from .tolerant import Tolerant, Whole, list_of

T = TypeVar("T", bound=Tolerant)


def _told(value: object) -> list[Json]:
    """The documents; an empty object says of nothing, and the sample of free lockers is one (B:234-237)."""
    return [doc for doc in list_of(value) if doc != {}]


class Page(Tolerant, Generic[T]):
    """One page of a list: Bloq.it's envelope `{totalDocs, page, limit, docs}` (B:1402-1408), or a bare array (B:226).

    Attributes:
        docs: The documents; none when they are missing or null (A57).
        total: How many there are on all pages; may change while one reads.
        page: Number of this page, from 1.
        limit: How many fit a page. The samples' is not always the one that was asked for (A43), so it is trusted.
        dropped: Documents that were not asked for, and came because the remote does not know the filter (A5).
    """

    docs: Annotated[list[T], BeforeValidator(_told)] = Field(default_factory=list[T])
    total: Whole = Field(default=None, alias="totalDocs")
    page: Whole = None
    limit: Whole = None
    dropped: list[T] = Field(default_factory=list[T], exclude=True)

    @model_validator(mode="before")
    @classmethod
    def _enveloped(cls, value: object) -> object:
        if not isinstance(value, list):
            return value
        docs = cast("list[object]", value)
        return {"docs": docs, "totalDocs": len(docs), "page": 1, "limit": len(docs)}

    def filtered(self, wanted: Callable[[T], bool]) -> "Page[T]":
        """This page with the documents that are not wanted in `dropped`."""
        kept, dropped = [doc for doc in self.docs if wanted(doc)], [doc for doc in self.docs if not wanted(doc)]
        return self.model_copy(update={"docs": kept, "dropped": dropped})

    def goes_on(self, number: int) -> bool:
        """Whether there may be another page after this one, which was asked for as `number`; 0 means all at once (A44)."""
        if number == 0 or not (self.docs or self.dropped):
            return False
        limit = self.limit or len(self.docs) + len(self.dropped)
        return self.total is None or number * limit < self.total


class Pages(Generic[T]):
    """The way through all pages of one list.

    Args:
        parameters: Of the first page, under the document's names; a `page` among them says where to begin.
    """

    def __init__(self, parameters: Mapping[str, object]) -> None:
        self.parameters = dict(parameters)
        self.more = True
        self._seen: set[str] = set()

    def fresh(self, page: Page[T]) -> list[T]:
        """The documents of `page` that did not come before; `parameters` and `more` are those of the next one.

        A page without anything new ends it: a remote that ignores `page` would repeat itself for ever (A40).
        """
        new, passed = [[doc for doc in docs if self._is_new(doc)] for docs in (page.docs, page.dropped)]
        number = cast("int", self.parameters.get("page", 0))
        self.more = bool(new or passed) and page.goes_on(number)
        self.parameters["page"] = number + 1
        return new

    def _is_new(self, doc: T) -> bool:
        known: Any = getattr(doc, "id", None)
        name = str(known) if known else doc.model_dump_json()  # a location has no id (A24), nor has a restaurant's customer
        if name in self._seen:
            return False
        self._seen.add(name)
        return True
