"""How long to wait before a call is tried, or looked up, again, and how often at all: pure functions.

May not read a clock or a random source. Non-obvious choices: the first pause is longer than the gateway timeouts behind a 504 are
likely to be, because a door may still move after its call was given up (`locker.locker_timeout`, B:3446). And what spreads the
pauses is a hash of the effect's name: no CRC, which is linear and would keep together for good whoever comes back together once.
"""

from dataclasses import dataclass
from datetime import timedelta
from hashlib import blake2b

from ..machines import BadSettingsError

FIRST = timedelta(seconds=2)
LONGEST = timedelta(minutes=5)
"""What a pause doubles up to, before it is spread."""


def pause(attempt: int, name: str = "") -> timedelta:
    """The wait after the `attempt`-th try (from 1) of the effect called `name`.

    Doubling from `FIRST` up to `LONGEST`, and up to half as long again, as name and attempt have it: never less, for a door may
    still move. The same in every process; without a name nothing is added.
    """
    doubled = min(FIRST * 2 ** min(max(attempt, 1) - 1, 16), LONGEST)
    return doubled + doubled * _share(attempt, name) // 2**33


def _share(attempt: int, name: str) -> int:
    """Of 2**32."""
    digest = blake2b(f"{name}/{attempt}".encode(errors="surrogatepass"), digest_size=4).digest()
    return int.from_bytes(digest) if name else 0


@dataclass(frozen=True, slots=True)
class Stamina:
    """How often an effect is tried before it becomes a dead letter.

    Attributes:
        attempts: Calls and look-ups together. Twenty last between sixty and ninety-five minutes, a remote's `after` not counted.

    Raises:
        BadSettingsError: There is no attempt.
    """

    attempts: int = 20

    def __post_init__(self) -> None:
        if self.attempts < 1:
            raise BadSettingsError(f"an effect needs at least one attempt, got {self.attempts!r}")

    def spent(self, attempt: int) -> bool:
        """Whether no try may follow the `attempt`-th (from 1)."""
        return attempt >= self.attempts
