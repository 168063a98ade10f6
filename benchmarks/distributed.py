"""What several processes on one PostgreSQL cost: the engine beside a queue written by hand, procrastinate alone, and DBOS.

    a   30 wishes a second, from the commit of each to that of its applied answer   against an outbox written by hand
        on the disk at hand, and on one whose syncs take 4 ms
    b   calls that wait when the workers start                                      against empty jobs of procrastinate
    c   both                                                                        against DBOS workflows

May not be part of CI: it times. Non-obvious choice: the remote is a function that takes no time, so that everything that is
measured is somebody's own doing; and a round in which a call was lost or made twice is an error and no figure.
"""

import argparse
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path

from parts.answered import PER_SECOND, Field
from parts.contenders import Contender
from parts.crew import crew
from parts.pg_engine import ENGINE
from parts.pg_outbox import OUTBOX
from parts.pg_queue import QUEUE_ALONE
from parts.pg_workflows import WORKFLOWS
from parts.rounds import Act, alternating
from parts.server import server
from parts.verdicts import Found, facts, fsync_ms, page, table

PARTS = ("a", "b", "c")
WORKERS = (1, 4)
ROUNDS = 3
WISHES = 150
"""Of a round: several hundred in all."""
CALLS = {ENGINE.name: 2_000, QUEUE_ALONE.name: 2_000, WORKFLOWS.name: 500}
"""That wait. The slow peer gets fewer: its rate does not depend on how many there are, and the rounds stay short."""
LATENCY = {"a": (OUTBOX, 1.5), "c": (WORKFLOWS, 0.3)}
DRAIN = {"b": (QUEUE_ALONE, 3.0), "c": (WORKFLOWS, 1.5)}
BESIDE = {
    OUTBOX.name: "SKIP LOCKED outbox by hand, one job a commit",
    QUEUE_ALONE.name: "procrastinate, an empty job per call",
    WORKFLOWS.name: "DBOS, polled every 50 ms",
}
NOTES = (
    "What `benchmarks/distributed.py` measured: medians of rounds that alternate, all on one PostgreSQL of the benchmark's own.",
    "",
    "Latencies are between commit timestamps of the database (`track_commit_timestamp`), from the wish to its applied answer.",
    "On a disk that syncs twenty times as fast as the one for which the bars were set, a ratio to SQL by hand is one of Python",
    "to C; what becomes of it where a sync takes 4 ms is shown as well (`commit_delay`).",
)


def measured(field: Field, wanted: Sequence[str], *, quick: bool) -> Iterator[Found]:
    """Everything that is wanted."""
    rounds, less = (1, 3) if quick else (ROUNDS, 1)
    latency = {part: LATENCY[part] for part in wanted if part in LATENCY}
    if latency:
        for disk, where in ((nullcontext(), ""), (field.slow(), ", where a sync takes 4 ms")):
            tails: dict[str, list[float]] = defaultdict(list)
            act = partial(_latency, field, wishes=WISHES // less, tails=tails)
            with disk:
                middles = alternating(_acts(latency, act), rounds)
            yield from _latencies(latency, middles, tails, where)
    drain = {part: DRAIN[part] for part in wanted if part in DRAIN}
    if drain:
        acts = _acts(drain, lambda one, workers: lambda _: _told(one, workers, field.rate(one, workers, CALLS[one.name] // less)))
        yield from _drains(drain, alternating(acts, rounds))


Peers = Mapping[str, tuple[Contender, float]]


def _acts(peers: Peers, act: Callable[[Contender, int], Act]) -> dict[str, Act]:
    contenders = [ENGINE, *(peer for peer, _ in peers.values())]
    return {_name(contender, workers): act(contender, workers) for workers in WORKERS for contender in contenders}


def _name(contender: Contender, workers: int) -> str:
    return f"{contender.name} {workers}"


def _latency(field: Field, contender: Contender, workers: int, *, wishes: int, tails: dict[str, list[float]]) -> Act:
    def act(_number: int) -> float:
        middle, tail = field.latencies(contender, workers, wishes)
        tails[_name(contender, workers)].append(tail)
        return _told(contender, workers, middle)

    return act


def _told(contender: Contender, workers: int, figure: float) -> float:
    print(f"   {_name(contender, workers)}: {figure:.1f}", file=sys.stderr, flush=True)
    return figure


def _latencies(peers: Peers, middles: Mapping[str, list[float]], tails: Mapping[str, list[float]], where: str) -> Iterator[Found]:
    for part, (peer, bar) in peers.items():
        for workers in WORKERS:
            for word, found, limit in (("half within", middles, bar), ("99 % within", tails, None)):
                yield Found(
                    part=part,
                    what=f"{PER_SECOND} wishes/s, {_workers(workers)}{where}: {word}",
                    unit="ms",
                    ours=found[_name(ENGINE, workers)],
                    theirs=found[_name(peer, workers)],
                    beside=BESIDE[peer.name],
                    bar=limit,
                    least=False,
                )


def _drains(peers: Peers, found: Mapping[str, list[float]]) -> Iterator[Found]:
    for part, (peer, bar) in peers.items():
        for workers in WORKERS:
            yield Found(
                part=part,
                what=f"calls that wait, {_workers(workers)}",
                unit="calls/s",
                ours=found[_name(ENGINE, workers)],
                theirs=found[_name(peer, workers)],
                beside=BESIDE[peer.name],
                bar=bar,
            )


def _workers(number: int) -> str:
    return "1 worker" if number == 1 else f"{number} workers"


def asked() -> argparse.Namespace:
    """What the command line wants.

    Returns:
        `only` (parts), `quick` and `write` (a path or None).
    """
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", type=_parts, default=PARTS, help="parts, with commas between them: a,b,c")
    parser.add_argument("--quick", action="store_true", help="less of everything, for a first impression")
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
    began = time.perf_counter()
    disk = partial(fsync_ms, Path("/tmp"))  # noqa: S108 - the disk that the server is on
    with server() as here, crew() as workers:
        syncs = [disk()]
        found = list(measured(Field(here, workers), given.only, quick=given.quick))
        syncs.append(disk())
        told = (*NOTES, "", f"PostgreSQL {here.version()}, in {time.perf_counter() - began:.0f} s.")
    for line in (*table(found), "", *facts(syncs), told[-1]):
        print(line)
    if given.write is not None:
        given.write.write_text(page(found, syncs, told), encoding="utf-8")
    return 0 if all(line.ok for line in found) else 1


if __name__ == "__main__":
    sys.exit(main())
