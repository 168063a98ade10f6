"""A second reading of the document: a server of the API that was written from the vendor's document alone.

May not import anything of parcelflow, nor be brought closer to it: where it is unclear, the document decides. Non-obvious choice:
it is kept to be disagreed with. The kit, the machines and the simulator come out of one house and may share a misunderstanding;
what the kit finds here is a mistake of one of the two, and the document says of which. README.md tells how what is open is read.

From the bottom up: `words`, `dates`, `things`; `world`; `doors`, `lives`, `keypad` (the rules); `views`, `call`, `posting`; one
`api_*` for each chapter and `hands` for test hooks; `app`.
"""

from .app import BASE, KEY, create_app
from .world import START, World

__all__ = ["BASE", "KEY", "START", "World", "create_app"]
