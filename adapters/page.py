"""Pages: what a list answers, and the way through all of its pages.

May not send anything. Non-obvious choice: the end of a list is told by what came and not only by the count that the envelope
claims (A57), and documents are told apart by their ids: what moves from one page to the next while we read comes once.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Generic, TypeAlias, TypeVar, cast

from pydantic import AwareDatetime, BeforeValidator, Field, TypeAdapter, model_validator

from ..machines import BadBodyError, Json
from .tolerant import Tolerant, Whole, list_of

T = TypeVar("T", bound=Tolerant)
Window: TypeAlias = tuple[datetime, datetime]
INSTANT = TypeAdapter[datetime](AwareDatetime)
ALL_TIME: Window = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
"""For a list that is asked for without an end: the API is younger, and nobody's clock is so wrong."""
STEP = timedelta(milliseconds=1)
"""The smallest that is told apart in a query (A18)."""
SHORTEST = 4 * STEP
MOST_FRUITLESS = 100
"""Windows in a row that tell nothing new. Halving a century down to a millisecond takes 42, each with an empty neighbour."""


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

    def has_all(self, limit: int) -> bool:
        """Whether a first page is all that there is; `limit` is what was asked for."""
        came = len(self.docs) + len(self.dropped)
        return came == 0 or (came >= self.total if self.total is not None else came < (self.limit or limit))


class Pages(Generic[T]):
    """The way through all pages of one list.

    Args:
        parameters: Of the first page, under the document's names; a `page` among them says where to begin.
        windows: The parameters that say since when and until when, if the list has them.
    """

    def __init__(self, parameters: Mapping[str, object], windows: tuple[str, str] | None = None) -> None:
        self.parameters = dict(parameters)
        self.more = True
        self._seen: set[str] = set()
        self._windows = windows
        self._ahead: list[Window] | None = None
        self._fruitless = 0

    def fresh(self, page: Page[T]) -> list[T]:
        """The documents of `page` that did not come before; `parameters` and `more` are those of the next one.

        Pages without anything new end it: a remote that ignores `page` would repeat itself for ever (A40). Where it says that
        there is more, it is asked by windows of time instead.

        Raises:
            BadBodyError: There is more, and no way to get it.
        """
        new, passed = [[doc for doc in docs if self._is_new(doc)] for docs in (page.docs, page.dropped)]
        if self._ahead is not None:
            self._fruitless = 0 if new or passed else self._fruitless + 1
            self._split(self._ahead, page)
            return new
        number = cast("int", self.parameters.get("page", 0))
        self.parameters["page"] = number + 1
        self.more = page.goes_on(number) and not self._is_stuck(page, new=bool(new or passed))
        if not (new or passed or self.more) and self._is_cut_short(page):
            self._by_windows(page)
        return new

    def _is_stuck(self, page: Page[T], *, new: bool) -> bool:
        self._fruitless = 0 if new else self._fruitless + 1
        # What was put in front meanwhile moves a whole page to the next number, once; a remote that counts is asked once more.
        return self._fruitless > (1 if page.total is not None else 0)

    def _is_cut_short(self, page: Page[T]) -> bool:
        """Whether a page that repeats another is a sign that there is more. An empty one is none, whatever is counted (C24)."""
        if page.total is not None:
            return bool(page.docs or page.dropped) and len(self._seen) < page.total
        return self._windows is not None and not page.has_all(self._limit)

    @property
    def _limit(self) -> int:
        return cast("int", self.parameters.get("limit", 0))

    def _by_windows(self, page: Page[T]) -> None:
        """From now on ask for the first page of one window of time after the other, the earliest first."""
        if self._windows is None:
            raise self._truncated(page)
        given = (self.parameters.get(name) for name in self._windows)
        since, until = (
            INSTANT.validate_python(one) if one is not None else bound for one, bound in zip(given, ALL_TIME, strict=True)
        )
        self._ahead = [(since, until)]
        self._next(self._ahead)

    def _split(self, ahead: "list[Window]", page: Page[T]) -> None:
        """Cut the window that `page` is of in two where it does not hold all that there is, and go to the next."""
        since, until = ahead.pop()
        if not page.has_all(self._limit):
            if until - since <= SHORTEST or self._fruitless > MOST_FRUITLESS:
                raise self._truncated(page)
            middle = since + (until - since) / 2
            # They overlap by the smallest step, because nobody says whether an end belongs to its window.
            ahead += [(middle - STEP, until), (since, middle)]
        self._next(ahead)

    def _next(self, ahead: "list[Window]") -> None:
        self.more = bool(ahead)
        if ahead and self._windows is not None:
            self.parameters.update(zip(self._windows, ahead[-1], strict=True), page=1)

    def _truncated(self, page: Page[T]) -> BadBodyError:
        return BadBodyError(
            f"the list cannot be read whole: the remote ignores `page`, and told {len(self._seen)} of {page.total or 'more'}"
        )

    def _is_new(self, doc: T) -> bool:
        known: Any = getattr(doc, "id", None)
        name = str(known) if known else doc.model_dump_json()  # a location has no id (A24), nor has a restaurant's customer
        if name in self._seen:
            return False
        self._seen.add(name)
        return True
