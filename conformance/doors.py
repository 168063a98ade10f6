"""Whether a run may open doors: on this machine it may, anywhere else only if somebody said so.

May not look a name up: what a name means is somebody else's to change between the look and the run. Non-obvious choice: without
leave nothing at all is sent. Every rent of the API begins or ends with a door that opens, so that a run "without doors" would
test next to nothing and still read like one.
"""

from ipaddress import ip_address
from urllib.parse import urlsplit

from ..machines import BadSettingsError


def on_loopback(url: str) -> bool:
    """Whether a URL names this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def guard(url: str, *, allowed: bool) -> None:
    """Let a run on a server begin.

    Raises:
        BadSettingsError: Doors would open that nobody has allowed to.
    """
    if not allowed and not on_loopback(url):
        raise BadSettingsError(
            f"{urlsplit(url).hostname} is not this machine, and a run opens doors of lockers there; nothing was sent."
            " Say --allow-doors if it may"
        )
