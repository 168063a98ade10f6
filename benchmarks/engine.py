"""What the engine costs beside bare sqlite3 and beside what somebody might use instead, and whether size or load change it.

    a   a durable step, one caller who waits for each     against the same rows by bare sqlite3, as many commits
    b   events that wait                                  against the same rows by bare sqlite3, a hundred events a commit
    b2  64 callers who wait for their events (only told)  against the same
    c   events that wait                                  against an ORM session and a restored chart for each event
    d   events that wait                                  against DBOS workflows
    e   both beside a million cases                       against both beside a thousand
    f   a restart with a hundred thousand open cases      in seconds
    g   webhooks while ten thousand calls wait            against webhooks alone

May not be part of CI: it times. Non-obvious choice: what the engine writes is read off a file that it wrote, so the floor writes
the same rows whatever the tables become; all else is asked of the engine's public interface alone.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from parts import backlog, grown, restart, steps, together, webhooks
from parts.histories import life_forms
from parts.rounds import Run
from parts.verdicts import Found, facts, fsync_ms, page, table

PARTS = ("a", "b", "b2", "c", "d", "e", "f", "g")
TOGETHER = ("b", "c", "d")
"""One backlog in the same rounds."""
CASES = 1_000_000
NOTES = ("What `make bench` measured (`benchmarks/engine.py`): medians of rounds that alternate with what stands beside them.",)


def measured(run: Run, wanted: Sequence[str], syncs: list[float]) -> Iterator[Found]:
    """Everything that is wanted, part by part; how long an fsync takes is added to `syncs` before each."""
    alone = {"a": steps.measure, "b2": together.measure, "e": grown.measure, "f": restart.measure, "g": webhooks.measure}
    waiting = [part for part in TOGETHER if part in wanted]
    for part in PARTS:
        began = time.perf_counter()
        if part in wanted and part in alone:
            syncs.append(fsync_ms(run.folder))
            yield from alone[part](run)
        elif waiting and part == waiting[0]:
            syncs.append(fsync_ms(run.folder))
            yield from backlog.measure(run, waiting)
        else:
            continue
        print(f"   {part}: {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)
    syncs.append(fsync_ms(run.folder))


def asked() -> argparse.Namespace:
    """What the command line wants.

    Returns:
        `only` (parts), `cases`, `quick`, `write` (a path or None) and `folder` (a path or None).
    """
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", type=_parts, default=PARTS, help="parts, with commas between them: a,b,c")
    parser.add_argument("--cases", type=int, default=CASES, help=f"finished cases in the large file of part e ({CASES:,}: 6 GB)")
    parser.add_argument("--quick", action="store_true", help="less of everything, for a first impression")
    parser.add_argument("--folder", type=Path, help="where the files are made and deleted; it must be on the disk that counts")
    parser.add_argument("--write", type=Path, help="also write the table to this file, as Markdown")
    return parser.parse_args()


def _parts(text: str) -> tuple[str, ...]:
    wanted = tuple(text.split(","))
    if unknown := set(wanted) - set(PARTS):
        raise argparse.ArgumentTypeError(f"no part is called {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    return wanted


def main() -> int:
    """Measure what is wanted and print the table; whether every bar was met."""
    given = asked()
    syncs: list[float] = []
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        folder = Path(name)
        run = Run(folder, life_forms(folder), cases=given.cases, quick=given.quick)
        found = list(measured(run, given.only, syncs))
    for line in (*table(found), "", *facts(syncs)):
        print(line)
    if given.write is not None:
        given.write.write_text(page(found, syncs, NOTES), encoding="utf-8")
    return 0 if all(line.ok for line in found) else 1


if __name__ == "__main__":
    sys.exit(main())
