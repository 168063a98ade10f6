"""The signature of a webhook: a compact JWS whose payload is the *string* `<timestamp>.<body>` (B:3519-3523, 3527).

May not depend on a JWT library: their `encode` insists on a claims object. Non-obvious choice: the header is `{"alg":"HS256"}`
alone, which is what the document's own library (jsonwebtoken) writes when the payload is a string.
"""

import base64
import hashlib
import hmac

_HEAD = b'{"alg":"HS256"}'


def sign(body: bytes, secret: str, *, timestamp: str) -> str:
    """Sign the bytes of a body.

    Args:
        body: Exactly the bytes that are sent.
        secret: Shared secret of the webhook (B:3513).
        timestamp: Milliseconds since 1970 of the virtual clock; the document names no unit.

    Returns:
        Three base64url segments with dots between them.
    """
    message = _segment(_HEAD) + b"." + _segment(timestamp.encode() + b"." + body)
    return (message + b"." + _segment(hmac.digest(secret.encode(), message, hashlib.sha256))).decode()


def _segment(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")
