"""What statuses mean of a rent and of a door (B:49-58).

May not declare an operation. Non-obvious choice: only what the document says beyond the status itself is here; `reading` knows
the rest.
"""

from collections.abc import Mapping
from types import MappingProxyType

NO_SUCH_RENT = "no rent has this id"
WRONG_STATE = "the rent's state does not allow it (B:54)"
OF_RENT: Mapping[int, str] = MappingProxyType({404: NO_SUCH_RENT, 409: WRONG_STATE})
OF_DOOR: Mapping[int, str] = MappingProxyType(
    {502: "the bloq or the locker answered with an error (B:57)", 504: "the bloq or the locker does not answer (B:58)"}
)
PLAN = "the feature may not be part of your plan"
