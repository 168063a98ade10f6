"""Orders and tasks on the command line of the kit: which servers of Blink's are tried beside Bloq.it's, and as whom.

May not judge a server. Non-obvious choice: each server has a client of its own with its own credentials, so that what lets
somebody in at one of them is never sent to another.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from ..conformance import orders, tasks
from ..conformance.bearer import HttpBearer
from ..conformance.doors import guard
from ..conformance.hooks import Hooks
from ..conformance.kit import KindReport, Options, Told
from ..machines import BadSettingsError

TASKS = ("task", "task-return")


@dataclass(frozen=True, slots=True)
class Others:
    """What is tried beside rents.

    Attributes:
        logistics_url, logistics_token: Where tasks are, and the token for them; None for no tasks.
        blink_url, blink_user, blink_password: Where orders are, and who logs in there; None for no orders.
    """

    logistics_url: str | None = None
    logistics_token: str | None = None
    blink_url: str | None = None
    blink_user: str | None = None
    blink_password: str | None = None

    def __bool__(self) -> bool:
        return bool(self.logistics_url or self.blink_url)

    def tried(self, options: Options, hooks: Hooks, *, told: Told, allow_doors: bool) -> Iterator[KindReport]:
        """Try them.

        Raises:
            BadSettingsError: A server is not on loopback and nobody has allowed it, or it lets nobody in.
        """
        if self.logistics_url:
            guard(self.logistics_url, allowed=allow_doors)
            with HttpBearer(self.logistics_url, self.logistics_token or "") as driver:
                for kind in TASKS:
                    yield tasks.conformance_of(driver, options, kind=kind, hooks=hooks, told=told)
        if self.blink_url:
            guard(self.blink_url, allowed=allow_doors)
            if not self.blink_user or not self.blink_password:
                raise BadSettingsError("orders need somebody to log in as: give --blink-user and PARCELFLOW_BLINK_PASSWORD")
            with HttpBearer(self.blink_url) as driver:
                login = (self.blink_user, self.blink_password)
                yield orders.conformance_of(driver, options, login=login, hooks=hooks, told=told)
