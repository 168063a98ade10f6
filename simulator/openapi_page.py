"""The OpenAPI documents as one page that one can read: every operation with what it asks for and answers.

May not load anything from elsewhere, nor know more than the documents. Non-obvious choice: it is made from the finished documents
and not from the operations, so that whoever reads it sees what a generator of clients would.
"""

import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any, TypeAlias

Document: TypeAlias = Mapping[str, Any]
"""A finished OpenAPI document; whoever made it knows its types."""

_STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 62rem; padding: 0 1rem; }
code, pre { font: 13px/1.45 ui-monospace, monospace; overflow-wrap: anywhere; }
pre { overflow-x: auto; }
details { border: 1px solid #8886; border-radius: 6px; margin: .4rem 0; padding: .3rem .7rem; }
summary { cursor: pointer; }
summary b { display: inline-block; min-width: 4.2rem; }
table { border-collapse: collapse; width: 100%; }
td, th { border-bottom: 1px solid #8884; padding: .2rem .5rem; text-align: left; vertical-align: top; }
"""


def page(documents: Mapping[str, Document]) -> str:
    """The page.

    Args:
        documents: By their names, as they are served.
    """
    parts = [part for name, document in documents.items() for part in _api(name, document)]
    title = "What the simulator serves"
    head = f'<meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
    body = "\n".join((f"<h1>{title}</h1>", *parts))
    return f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body>\n{body}\n</body></html>\n'


def _api(name: str, document: Document) -> Iterator[str]:
    info = document["info"]
    yield f'<h2 id="{escape(name)}">{escape(info["title"])} {escape(info["version"])}</h2>'
    at = ", ".join(_code(server["url"]) for server in document["servers"])
    key = document["components"]["securitySchemes"]["key"]
    asks = key.get("name") or f"Authorization: {key['scheme']}"
    yield f"<p>{escape(info['description'])} Served at {at}; asks for {_code(asks)}. "
    yield f'<a href="openapi/{escape(name)}.json">The document</a>.</p>'
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield from _operation(path, method.upper(), operation)
    yield "<h3>Shapes</h3>"
    for shape, schema in document["components"]["schemas"].items():
        told = f"{_code(shape)} {escape(schema.get('description', ''))}"
        text = json.dumps(schema, indent=2, ensure_ascii=False)
        yield f"<details><summary>{told}</summary><pre>{escape(text)}</pre></details>"


def _operation(path: str, method: str, operation: Document) -> Iterator[str]:
    yield f"<details><summary><b>{method}</b> {_code(path)} {escape(operation['summary'])}</summary><table>"
    for asked in operation["parameters"]:
        about = escape(asked.get("description", ""))
        yield _row(asked["in"] + _must(asked), _code(asked["name"]), f"{_kind(asked['schema'])} {about}")
    if body := operation.get("requestBody"):
        yield _row("body" + _must(body), "", _kind(_schema(body)))
    for status, answer in operation["responses"].items():
        yield _row("answer", _code(status), f"{escape(answer['description'])}: {_kind(_schema(answer))}")
    yield f"</table><p>In records and faults: {_code(operation['x-operation'])}</p></details>"


def _must(asked: Document) -> str:
    return ", required" if asked["required"] else ""


def _schema(content: Document) -> Document:
    return content["content"]["application/json"]["schema"]


def _kind(schema: Document) -> str:
    """A schema in few words; a shape by its name."""
    if "$ref" in schema:
        return _code(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        return " or ".join(map(_kind, schema["anyOf"]))
    if "enum" in schema or "const" in schema:
        return " | ".join(_code(str(word)) for word in schema.get("enum", [schema.get("const")]))
    if schema.get("type") == "array":
        return f"list of {_kind(schema['items'])}"
    limits = " ".join(f"{name} {schema[name]}" for name in ("minimum", "maximum", "default") if name in schema)
    fields = ", ".join(f"{_code(name)}: {_kind(inner)}" for name, inner in schema.get("properties", {}).items())
    kind = escape(schema.get("format") or schema.get("type", "anything"))
    return " ".join(filter(None, (kind, limits, fields and f"({fields})")))


def _row(*cells: str) -> str:
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _code(text: str) -> str:
    return f"<code>{escape(text)}</code>"
