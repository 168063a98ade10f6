"""The control routes that show what is served: the OpenAPI documents, and a page of them.

May not make a document: `openapi` does. Non-obvious choice: as control routes they ask for no credentials, so that a
tool can read a document before it knows any.
"""

from .openapi import APIS, document
from .openapi_page import page
from .web import Answer, Call, Operation
from .words import RefusedError
from .world import World


def _document(_world: World, call: Call) -> Answer:
    name = call.path["api"]
    if name not in APIS:
        raise RefusedError(404, "apiNotFound", message=f"There is no API {name}; there are {', '.join(APIS)}.")
    return Answer(document(name))


def _page(_world: World, _call: Call) -> Answer:
    return Answer(page({name: document(name) for name in APIS}), media="text/html")


DOCUMENTS = (
    Operation("sim.openapi", "GET", ("/openapi/{api}.json",), _document),
    Operation("sim.docs", "GET", ("/docs",), _page),
)
"""What there is to read."""
