"""The ASGI application: three vendors and the control routes under one roof.

May not hold any behaviour. Non-obvious choice: the webhook worker lives exactly as long as the application's lifespan; without
one (an in-process client) nothing runs in the background and `settle` delivers.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount

from .control_api import CONTROL
from .openapi import APIS
from .switch import Switch
from .web import routes
from .worker import Worker
from .world import World


def create_app(world: World) -> Starlette:
    """The application that serves a world.

    Args:
        world: What it reads and changes, under the world's lock.
    """

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncGenerator[None, None]:
        worker = Worker(world)
        worker.start()
        try:
            yield
        finally:
            worker.stop()

    doors = [(prefix, api.door) for api in APIS.values() for prefix in api.prefixes] + [("/sim", CONTROL)]
    mounts = [Mount(prefix, Switch(routes(world, door))) for prefix, door in doors]
    app = Starlette(routes=mounts, lifespan=lifespan, exception_handlers={HTTPException: _no_route})
    app.router.redirect_slashes = False
    return app


async def _no_route(_request: Request, error: Exception) -> Response:
    """Answer an unknown path or method in JSON, as everything else is (B:9)."""
    status = error.status_code if isinstance(error, HTTPException) else 404
    return JSONResponse({"code": "routeUnknown", "message": "There is no such route or method."}, status)
