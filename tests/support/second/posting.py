"""Webhooks on their way: one thread for each, signed where there is a secret.

May not know what a letter says. Non-obvious choice: a thread each, so that the letters of one webhook arrive in their order, and
a receiver that is down holds up nobody else's.
"""

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from http.client import HTTPException
from threading import Thread
from urllib.request import ProxyHandler, Request, build_opener

from .things import Hook
from .world import World

WAITS = (0.0, 1.0, 3.0)
"""Seconds before each attempt; then a letter is given up."""

PATIENCE = 5.0
SUCCESS = range(200, 300)


def deliver(world: World, hook: Hook) -> None:
    """Post the letters of a webhook from now on, until it is deleted."""
    Thread(target=_carry, args=(world, hook), name=f"second-{hook.id}", daemon=True).start()


def _carry(world: World, hook: Hook) -> None:
    while (letter := hook.letters.get()) is not None:
        for pause in WAITS:
            if hook.gone.wait(pause) or _posted(world, hook, letter):
                break


def _posted(world: World, hook: Hook, letter: str) -> bool:
    with world.lock:
        url, secret = hook.url, hook.secret
    if not url.startswith(("http://", "https://")):
        return True  # the sample's own is a path (B:3561): it is taken, and nothing can be posted there
    at = str(int(datetime.now(UTC).timestamp() * 1000))
    headers = {"Content-Type": "application/json", "User-Agent": "bloqit-webhooks", "timestamp": at}
    if secret:
        headers["signature"] = signed(f"{at}.{letter}", secret)
    try:
        opener = build_opener(ProxyHandler({}))
        with opener.open(Request(url, letter.encode(), headers, method="POST"), timeout=PATIENCE) as answer:
            return answer.status in SUCCESS
    except (OSError, HTTPException, ValueError):
        return False


def signed(text: str, secret: str) -> str:
    """A JSON web signature over a text that is no JSON, as B:3517-3531 verifies it."""
    head = _spelt(b'{"alg":"HS256"}') + "." + _spelt(text.encode())
    return f"{head}.{_spelt(hmac.new(secret.encode(), head.encode(), hashlib.sha256).digest())}"


def _spelt(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
