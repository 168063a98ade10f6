"""The server of docs/conformance.md, which is not ours: out of the page, so that what is tested is what is shown.

May not mend it. Non-obvious choice: each caller gets a module of its own, for the shop keeps everything in globals.
"""

import re
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from types import ModuleType
from typing import Any

import uvicorn

PAGE = Path(__file__).parents[2] / "docs" / "conformance.md"
MOVES = '("finish", "CANCELLED"): ("FINISHED", False),'


def blocks(language: str) -> list[str]:
    """The blocks of a language on the page."""
    return re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(), re.DOTALL)


def shop(*changes: tuple[str, str]) -> ModuleType:
    """The shop as a module, with nobody in it; with texts replaced."""
    text = blocks("python")[0]
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    module = ModuleType("shop")
    exec(compile(text, "shop.py", "exec"), module.__dict__)  # noqa: S102 - a page of ours
    return module


MENDED = (('400 if asked == "finish" else 409', "409"), ('("FINISHED", "CANCELLED")', '("FINISHED",)'))
"""What makes the shop right."""


class _Server(uvicorn.Server):
    """Says when it is up."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = Event()

    async def startup(self, sockets: Any = None) -> None:
        """Start, and say so."""
        await super().startup(sockets)
        self.up.set()


@contextmanager
def serving(app: Any) -> Generator[str]:
    """An application on a free port of loopback; its URL."""
    server = _Server(uvicorn.Config(app, port=0, log_config=None, lifespan="off"))
    thread = Thread(target=server.run, name="corner-shop")
    thread.start()
    try:
        assert server.up.wait(10)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
