"""Remarks: what was read or sent although the documents leave a doubt, told to whoever listens.

May not change what it remarks on, nor hold anything private. Non-obvious choice: a remark is one record of a logger, with the id
of its finding (docs/sources.md) in the attribute `finding`. The standard `warnings` show a line of code once and then keep still,
which is right for code and wrong for data; values on a model are seen by nobody who does not look for them, and a request has no
model to put them on. Nobody hears remarks until a program sets up its logging: a library does not write to standard error.
"""

import logging

REMARKS = logging.getLogger("parcelflow.remarks")
"""Level WARNING, one record for each remark."""

REMARKS.addHandler(logging.NullHandler())  # else Python's handler of last resort prints what nobody asked to hear


def remark(finding: str, text: str) -> None:
    """Tell that `finding` was met, e.g. `remark("C13", "due_at has no zone: taken for Asia/Karachi")`."""
    REMARKS.warning("%s: %s", finding, text, extra={"finding": finding})
