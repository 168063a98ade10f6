"""The switches behind every low-confidence row: what parcelflow does where the documents leave a guess.

May not import anything of ours but `errors`. Non-obvious choice: a policy has three settings, not two, because believing a
remote that reports something and asking for it ourselves are different risks; each is one word in a configuration file.
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
            Policy("reselect_locker", Stance.ACCEPT, "a reserved delivery may be given another locker (D04)"),
            Policy("in_transit_unannounced", Stance.ACCEPT, "in transit without ready-for-pickup before it (D08)"),
            Policy("dropoff_cancelled_stays", Stance.ACCEPT, "a cancelled drop-off leaves the state as it is (D13)"),
            Policy("return_expired_delivery", Stance.ACCEPT, "an expired delivery becomes a return in the box (D19)"),
            Policy("payment_attempts", Stance.ACCEPT, "price calculation may lead to payment attempts (D28-D30)"),
            Policy("finish_without_pricing", Stance.ACCEPT, "a closed collect door may finish at once (D31)"),
            Policy("expire_while_open", Stance.ACCEPT, "a rent may expire while its door is open (D41)"),
            Policy("cancel_expired", Stance.ACCEPT, "an expired rent may still be cancelled (D51)"),
            Policy("extend_revives_expired", Stance.REFUSE, "extending an expired rent revives it (D61)"),
            Policy("reject_dispatched", Stance.SEND, "a dispatched order that failed is rejected (O08)"),
            Policy("finish_unstarted_task", Stance.ACCEPT, "a task may finish without its start heard (K1-10, K2-10)"),
            Policy("unassign_started_task", Stance.ACCEPT, "a driver may drop out with the goods (K1-13, K2-13)"),
            Policy("reassign_started_task", Stance.ACCEPT, "the goods may change hands mid-route (K1-15, K2-15)"),
        )
    }
)


class Policies:
    """A full set of settings: the defaults, with some chosen otherwise.

    Args:
        chosen: Stance by policy name, as `Stance` or its word (`"refuse"`, `"accept"`, `"send"`).

    Raises:
        UnknownPolicyError: A name that is no policy or a word that is no stance.
    """

    __slots__ = ("_stances",)

    def __init__(self, chosen: Mapping[str, Stance | str] | None = None) -> None:
        self._stances = {name: policy.default for name, policy in POLICIES.items()}
        for name, word in (chosen or {}).items():
            if name not in POLICIES:
                raise UnknownPolicyError(f"no policy is called {name!r}; there are: {', '.join(POLICIES)}")
            if word not in tuple(Stance):
                raise UnknownPolicyError(f"policy {name!r} cannot be {word!r}; it can be refuse, accept or send")
            self._stances[name] = Stance(word)

    def __getitem__(self, name: str) -> Stance:
        return self._stances[name]


DEFAULTS = Policies()
