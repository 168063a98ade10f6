"""A door as a finite machine: four states, an input that is refused in some of them, and a lock.

May not be a machine of ours. Non-obvious choice: `lock` unlocks too, so that there is a cycle that is longer than a refusal.
"""

from parcelflow.conformance.mealy import Mealy

DOOR = Mealy(
    "absent",
    ("make", "open", "close", "lock"),
    {
        ("absent", "make"): ("accepted, closed", "closed"),
        ("closed", "open"): ("accepted, open", "open"),
        ("closed", "close"): ("refused, closed", "closed"),
        ("closed", "lock"): ("accepted, locked", "locked"),
        ("open", "open"): ("refused, open", "open"),
        ("open", "close"): ("accepted, closed", "closed"),
        ("open", "lock"): ("refused, open", "open"),
        ("locked", "open"): ("refused, locked", "locked"),
        ("locked", "close"): ("refused, locked", "locked"),
        ("locked", "lock"): ("accepted, closed", "closed"),
    },
)
