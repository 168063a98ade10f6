"""Does a history obey: checks anyone can point at a recorded case.

May import `machines` and `adapters`, never the engine. Non-obvious choice: what is checked is a plain list of steps, so that our
journal, a vendor's rent history and a log of last month go through the same function.
"""

from .history import Travelled, Verdict, check_history

__all__ = ["Travelled", "Verdict", "check_history"]
