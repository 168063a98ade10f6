"""The demo's stage: a simulator in a process of its own, and the hands that act in its world.

May not look into parcelflow; it speaks to the simulator as vendors' customers, riders and clocks would. Non-obvious choice: the
simulator is started through our own command line, so that what the demo shows is what a user gets.
"""

import json
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

import httpx

from ..machines import OursError

COMMAND = (sys.executable, "-m", "parcelflow.console.main")


@dataclass(frozen=True, slots=True)
class Stage:
    """A pretend world.

    Attributes:
        told: What the simulator announced: base URLs and credentials.
        http: A client for it.
    """

    told: dict[str, str]
    http: httpx.Client

    def act(self, path: str, body: object = None) -> Any:  # noqa: ANN401 - JSON of the simulator's own
        """Do something in the world: `POST /sim/...`."""
        return self._answer(self.http.post(self.told["sim"] + path, json={} if body is None else body))

    def see(self, path: str) -> Any:  # noqa: ANN401 - JSON of the simulator's own
        """Look at something in the world: `GET /sim/...`."""
        return self._answer(self.http.get(self.told["sim"] + path))

    def shut_door(self, rent: str) -> None:
        """Close the door of a rent's locker, by the vendor's own simulation endpoint (B:2168)."""
        headers = {"X-API-KEY": self.told["bloqit_api_key"]}
        self._answer(self.http.put(f"{self.told['bloqit']}/rent-sims/{rent}/lockers/close", headers=headers))

    def effects(self, operation: str, thing: str) -> int:
        """How often an operation took effect on a thing, by the world's own record."""
        return int(self.see(f"/record?operation={operation}&object={thing}")["count"])

    @staticmethod
    def _answer(response: httpx.Response) -> Any:  # noqa: ANN401 - as above
        if response.is_error:
            raise OursError(f"the simulator refused {response.request.url}: {response.status_code} {response.text}")
        return response.json()


@contextmanager
def stage() -> Generator[Stage, None, None]:
    """A simulator on a free port of loopback, ended on leaving."""
    process = subprocess.Popen((*COMMAND, "simulate", "--port", "0"), stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own
    try:
        assert process.stdout is not None  # noqa: S101 - by PIPE
        first = process.stdout.readline()
        if not first:
            raise OursError("the simulator did not start")
        with httpx.Client(timeout=30, trust_env=False) as http:
            yield Stage(cast("dict[str, str]", json.loads(first)), http)
    finally:
        process.terminate()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
