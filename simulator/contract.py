"""What an operation says of itself: what it asks for and what it answers, as data.

May not know any operation, nor answer one. Non-obvious choice: handlers read the query string by the same declarations from which
the OpenAPI documents are made, so that neither can know a parameter or a limit that the other does not.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from pydantic import BaseModel

from .words import Json, JsonObject

Schema: TypeAlias = JsonObject
"""JSON Schema, 2020-12."""

LARGEST_PAGE = 1000
"""Objects in one page."""

_KINDS: Mapping[str, Schema] = {
    "text": {"type": "string"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "instant": {"type": "string", "format": "date-time"},
    "list": {"type": "array", "items": {"type": "string"}},
    "object": {"type": "object", "additionalProperties": {"type": "string"}},
}


@dataclass(frozen=True, slots=True)
class Query:
    """One parameter of a query string.

    Attributes:
        words: What it may be, or what the items of a list may be; empty for any text.
        least: The smallest number that is taken, if it is one.
        most: The largest.
        default: What holds without it.
    """

    name: str
    about: str = ""
    kind: Literal["text", "integer", "number", "instant", "list", "object"] = "text"
    words: tuple[str, ...] = ()
    least: int = 1
    most: int = 10**9
    default: int | None = None
    required: bool = False

    def schema(self) -> Schema:
        """As a schema."""
        told, words = dict(_KINDS[self.kind]), [*self.words]
        if self.kind == "list" and words:
            told["items"] = {"type": "string", "enum": [*words]}
        elif words:
            told["enum"] = [*words]
        elif self.kind == "text" and self.required:
            told["minLength"] = 1
        if self.kind in ("integer", "number"):
            told |= {"minimum": self.least, "maximum": self.most}
        if self.default is not None:
            told["default"] = self.default
        return told


PAGE = Query("page", "From 1 (B:75).", "integer", default=1)
LIMIT = Query("limit", "Objects in a page (B:80).", "integer", most=LARGEST_PAGE, default=10)
PAGING = (PAGE, LIMIT)


@dataclass(frozen=True, slots=True)
class Contract:
    """What an operation says of itself.

    Attributes:
        about: Its name in the vendor's document, and the lines where it stands.
        answer: Schema of what it answers when it succeeds.
        query: What it reads from the query string.
        body: The form that reads its body; whoever has none ignores what is sent.
        status: The status of success.
        errors: Statuses of refusals, besides those that follow from the rest: see `refusals`.
    """

    about: str
    answer: Schema
    query: tuple[Query, ...] = ()
    body: type[BaseModel] | None = None
    status: int = 200
    errors: tuple[int, ...] = ()


def shape(name: str) -> Schema:
    """One of the API's named shapes."""
    return {"$ref": f"#/components/schemas/{name}"}


def listed(schema: Schema) -> Schema:
    """A bare array."""
    return {"type": "array", "items": schema}


def thing(required: Mapping[str, Json], **optional: Json) -> Schema:
    """An object with fields that are always there and fields that may be; others are allowed: vendors add some without notice."""
    return {"type": "object", "properties": {**required, **optional}, "required": [*required]}


def paged(schema: Schema) -> Schema:
    """A page, in the document's envelope (B:1402-1408)."""
    count: Schema = {"type": "integer", "minimum": 0}
    return thing({"totalDocs": count, "page": count, "limit": count, "docs": listed(schema)})


def maybe(schema: Schema) -> Schema:
    """The same, or null."""
    return {"anyOf": [schema, {"type": "null"}]}
