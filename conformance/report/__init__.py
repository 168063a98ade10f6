"""What a run of the kit is told as: verdicts, reproductions, and the files that a person or a CI reads.

May not send anything, nor judge: it repeats what `kit.Report` holds. Non-obvious choice: every form (terminal, HTML, JUnit,
Markdown, JSON) is a function of the same verdicts (`verdicts`) and the same sentences (`telling`), so that no two of them can
disagree.
"""

from .explaining import explained
from .folder import Recorder, write
from .terminal import told
from .verdicts import Cell, Verdict, cells

__all__ = ["Cell", "Recorder", "Verdict", "cells", "explained", "told", "write"]
