"""The single machines, a file each: everything that may happen to one kind of thing is in its file.

May not be known to the engine, which is given compiled tables. Non-obvious choice: nothing here is a public name of
`machines`; a kind is had by its name (`table_of("delivery")`), so that somebody's own is used like one of these.
"""

from .delivery import DELIVERY
from .location import LOCATION
from .locker import LOCKER_MACHINE
from .order import ORDER
from .returns import RETURN
from .send import SEND
from .store import STORE
from .task import TASK, TASK_RETURN

__all__ = ["DELIVERY", "LOCATION", "LOCKER_MACHINE", "ORDER", "RETURN", "SEND", "STORE", "TASK", "TASK_RETURN"]
