"""The three vendors' APIs as OpenAPI 3.1 documents, made from the operations that are served.

May not know anything that an operation does not say of itself. Non-obvious choice: each path that could be meant is an operation
of its own, because a generated client must be able to ask for it; `x-operation` says which of them are the same.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from .blink_api import BLINK
from .bloqit_api import BLOQIT
from .contract import Contract, Query, Schema, shape
from .logistics_api import LOGISTICS
from .menu import UNPROCESSABLE
from .web import Door, Operation
from .words import JsonObject

_INVENTED = "Paths that a document lacks are plausible ones; `B:n` and `K:n` are lines of the documents."


@dataclass(frozen=True, slots=True)
class Api:
    """One vendor's API: who it pretends to be, how it is served, and where; the longest prefix comes first."""

    title: str
    version: str
    door: Door
    prefixes: tuple[str, ...]


APIS: Mapping[str, Api] = {
    # The base URL's path as documented (B:112), and a short one.
    "bloqit": Api("Pretend Bloq.it Partner API", "1.35.0", BLOQIT, ("/bloqit/api/v1/public", "/bloqit")),
    "blink": Api("Pretend Blink", "v1", BLINK, ("/blink",)),
    "logistics": Api("Pretend Blink Logistics", "unversioned", LOGISTICS, ("/logistics",)),
}
"""Every API that is served, by the first word of its operations."""


@cache
def document(name: str) -> JsonObject:
    """The document of one API; nobody may change it.

    Args:
        name: One of `APIS`.
    """
    api = APIS[name]
    forms = list(dict.fromkeys(contract.body for _, contract in _told(api.door) if contract.body))
    defined = models_json_schema([(form, "validation") for form in forms], ref_template="#/components/schemas/{model}")[1]
    defs = defined.get("$defs", {})
    return {
        "openapi": "3.1.0",
        "info": {"title": api.title, "version": api.version, "description": f"As the simulator serves it. {_INVENTED}"},
        "servers": [{"url": prefix} for prefix in api.prefixes],
        "security": [{"key": []}],
        "paths": _paths(api.door),
        "components": {"schemas": {**api.door.shapes, **defs}, "securitySchemes": {"key": api.door.key}},
    }


def _told(door: Door) -> Iterator[tuple[Operation, Contract]]:
    return ((operation, operation.contract) for operation in door.operations if operation.contract)


def _paths(door: Door) -> JsonObject:
    paths: dict[str, JsonObject] = {}
    seen: Counter[str] = Counter()
    for operation, contract in _told(door):
        for path in operation.paths:
            seen[operation.name] += 1
            number = seen[operation.name]
            unique = operation.name if number == 1 else f"{operation.name}-{number}"
            plain = path.replace(":path}", "}")
            told = {"operationId": unique} | _operation(operation, contract, path=plain)
            paths.setdefault(plain, {})[operation.method.lower()] = told
    return {**paths}


def _operation(operation: Operation, contract: Contract, *, path: str) -> JsonObject:
    inside = re.findall(r"\{(\w+)\}", path)
    told: JsonObject = {
        "x-operation": operation.name,
        "summary": contract.about,
        "tags": [operation.name.split(".")[1]],
        "parameters": [*(_in_path(name) for name in inside), *(_in_query(asked) for asked in contract.query)],
        "responses": _responses(operation, contract, named=bool(inside)),
    }
    if contract.body:
        told["requestBody"] = _body(contract.body)
    return told | ({"security": []} if operation.public else {})


def _in_path(name: str) -> JsonObject:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}


def _in_query(asked: Query) -> JsonObject:
    told: JsonObject = {"name": asked.name, "in": "query", "required": asked.required, "schema": asked.schema()}
    told |= {"description": asked.about} if asked.about else {}
    return told | ({"style": "deepObject", "explode": True} if asked.kind == "object" else {})


def _body(form: type[BaseModel]) -> JsonObject:
    required = any(field.is_required() for field in form.model_fields.values())
    return {"required": required, "content": {"application/json": {"schema": shape(form.__name__)}}}


def _responses(operation: Operation, contract: Contract, *, named: bool) -> JsonObject:
    """What is answered; a body that is no JSON is a 400 everywhere, and what is named in a path may be unknown."""
    refusals = {400, *contract.errors, *((404,) if named else ()), *(() if operation.public else (401,))}
    told: JsonObject = {str(contract.status): _answer(contract.status, contract.answer)}
    for status in sorted(refusals):
        invalid: Schema = {"anyOf": [shape("Error"), shape("Invalid")]}  # Blink's menu answers as Laravel does
        told[str(status)] = _answer(status, invalid if status == UNPROCESSABLE else shape("Error"))
    return told


def _answer(status: int, schema: Schema) -> JsonObject:
    return {"description": HTTPStatus(status).phrase, "content": {"application/json": {"schema": schema}}}
