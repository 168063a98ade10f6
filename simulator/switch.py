"""Which few of many routes a path can mean: one look at its length and its last word, before any pattern is tried.

May not decide what is served: the router of those few does, and a wrong method or an unknown path is answered by it as ever.
Non-obvious choice: Starlette tries the patterns of an API one after the other, and of Bloq.it's ninety nearly half on average;
that was a third of what a request cost here, and whoever runs a kit of thirty thousand steps against the simulator waits for it.
"""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from starlette.routing import Route, Router
from starlette.types import Receive, Scope, Send

ANY = ""
"""Stands for a last segment that is a parameter."""
WIDE = (0, ANY)
"""Stands for every path: no path has no slash."""


class Switch:
    """An ASGI application that sends a request on to the routes that may be meant.

    Args:
        routes: In the order in which they are to be tried. Those with a parameter that may hold slashes are tried for every path.

    Attributes:
        routes: All of them, where Starlette looks for a mounted application's.
    """

    def __init__(self, routes: Iterable[Route]) -> None:
        self.routes = every = tuple(routes)
        shapes = {_shape(route.path) for route in every}
        shapes |= {(length, ANY) for length, _ in shapes}
        self._routers: Mapping[tuple[int, str], Router] = MappingProxyType({shape: _router(every, shape) for shape in shapes})
        self._wide = _router(every, WIDE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it on."""
        path: str = scope["path"].removeprefix(scope.get("root_path", ""))
        length, last = path.count("/"), path.rpartition("/")[2]
        router = self._routers.get((length, last)) or self._routers.get((length, ANY)) or self._wide
        await router(scope, receive, send)


def _shape(path: str) -> tuple[int, str]:
    last = path.rpartition("/")[2]
    if ":path}" in path:
        return WIDE
    return path.count("/"), ANY if last.startswith("{") else last


def _router(routes: Sequence[Route], shape: tuple[int, str]) -> Router:
    """No redirects for a slash too many: a client that follows them would hide that it asked for the wrong path."""
    meant = {WIDE, (shape[0], ANY), shape}
    return Router([route for route in routes if _shape(route.path) in meant], redirect_slashes=False)
