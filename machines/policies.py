"""The switches behind every low-confidence row, and the version of Bloq.it's API: what is done where documents leave a guess.

May not import anything of ours but `errors`. Non-obvious choice: a policy has three settings, not two, because believing a
remote that reports something and asking for it ourselves are different risks; each is one word in a configuration file. In
what a policy decides, `*28` is row 28 of every rent type: S28, N28, D28 and T28.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from .errors import UnknownPolicyError


class Stance(StrEnum):
    """How far a guess is trusted."""

    REFUSE = "refuse"
    """The row does not exist; a remote that reports it is contradicted and looked up."""
    ACCEPT = "accept"
    """Believed when the remote reports it, never asked for by us."""
    SEND = "send"
    """Believed, and asked for when somebody wants it."""


@dataclass(frozen=True, slots=True)
class Policy:
    """One named switch: what it decides, and the setting used when nobody chose."""

    name: str
    default: Stance
    decides: str


POLICIES: Mapping[str, Policy] = MappingProxyType(
    {
        policy.name: policy
        for policy in (
            Policy("reselect_locker", Stance.ACCEPT, "a reserved rent may be given another locker (D04, T04)"),
            Policy("in_transit_unannounced", Stance.ACCEPT, "in transit without ready-for-pickup before it (D08)"),
            Policy("dropoff_cancelled_stays", Stance.ACCEPT, "a cancelled drop-off leaves the state as it is (D13, T08)"),
            Policy("return_expired_delivery", Stance.ACCEPT, "an expired delivery becomes a return in its box (D19, T14)"),
            Policy("finish_reserved_return", Stance.ACCEPT, "a return that nothing was put into may be finished (T10)"),
            Policy("payment_attempts", Stance.ACCEPT, "price calculation may lead to payment attempts (*28, *29, *30)"),
            Policy("finish_without_pricing", Stance.ACCEPT, "a closed collect door may finish at once (*31)"),
            Policy("expire_while_open", Stance.ACCEPT, "a rent may expire while its door is open (*41)"),
            Policy("cancel_expired", Stance.ACCEPT, "an expired rent may still be cancelled (*51)"),
            Policy("extend_revives_expired", Stance.REFUSE, "extending an expired rent revives it (*61)"),
            Policy("reject_dispatched", Stance.SEND, "a dispatched order that failed is rejected (O08)"),
            Policy("finish_unstarted_task", Stance.ACCEPT, "a task may finish without its start heard (K1-10, K2-10)"),
            Policy("unassign_started_task", Stance.ACCEPT, "a driver may drop out with the goods (K1-13, K2-13)"),
            Policy("reassign_started_task", Stance.ACCEPT, "the goods may change hands mid-route (K1-15, K2-15)"),
        )
    }
)


API_LEVELS = ("1.35", "1.64")
"""Versions of Bloq.it's API whose differences are known, oldest first; the document that the tables cite is 1.35."""


class Policies:
    """A full set of settings: the defaults, with some chosen otherwise, for one version of Bloq.it's API.

    Args:
        chosen: Stance by policy name, as `Stance` or its word (`"refuse"`, `"accept"`, `"send"`).
        api_level: One of `API_LEVELS`; rows that a later version brought do not exist before it.

    Raises:
        UnknownPolicyError: A name that is no policy, a word that is no stance, or an unknown version.
    """

    __slots__ = ("_stances", "api_level")

    def __init__(self, chosen: Mapping[str, Stance | str] | None = None, *, api_level: str = API_LEVELS[0]) -> None:
        if api_level not in API_LEVELS:
            raise UnknownPolicyError(f"no differences are known for api_level {api_level!r}; it can be {' or '.join(API_LEVELS)}")
        self.api_level = api_level
        self._stances = {name: policy.default for name, policy in POLICIES.items()}
        for name, word in (chosen or {}).items():
            if name not in POLICIES:
                raise UnknownPolicyError(f"no policy is called {name!r}; there are: {', '.join(POLICIES)}")
            if word not in tuple(Stance):
                raise UnknownPolicyError(f"policy {name!r} cannot be {word!r}; it can be refuse, accept or send")
            self._stances[name] = Stance(word)

    def __getitem__(self, name: str) -> Stance:
        return self._stances[name]

    def knows(self, since: str | None) -> bool:
        """Whether something that came with version `since` exists (None: it always did)."""
        return since is None or API_LEVELS.index(since) <= API_LEVELS.index(self.api_level)


DEFAULTS = Policies()
