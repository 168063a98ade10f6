"""How much the conformance kit finds, how fast, and how often it is wrong: `make bench` for the kit.

    python benchmarks/conformance.py [--part finds|speed|alarms|peer] [--only NAME ...] [--level LEVEL] [--every N]

May not change the kit's options for a fault: each faulty server meets the run that every user gets. Non-obvious choice: a
fault's run ends with its first finding, which is then shrunk; what a whole run costs is measured on the clean server, where it
is whole.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from time import perf_counter
from typing import Any

from parts.faulty import FAULTS, Copy, Fault
from parts.kit_blinks import judged, served
from parts.kit_servers import apart, copy_of, hooks, in_process, on_loopback
from parts.peer import peer

from parcelflow.conformance.driver import Driver
from parcelflow.conformance.findings import Finding
from parcelflow.conformance.inputs import RENTS
from parcelflow.conformance.kit import Options, Report, conformance
from parcelflow.conformance.levels import Level
from parcelflow.simulator.moves import LENIENT
from parcelflow.simulator.settings import Settings

LONGER = 2
"""Steps that a reproduction may be longer than the shortest known one."""
OTHERS = {"blink": ("order",), "logistics": ("task", "task-return")}
"""What is tried on a server of Blink's instead of rents."""


def tried(fault: Fault, level: Level) -> tuple[Finding | None, float]:
    """The first finding on a faulty server, shrunk, and the seconds until then."""
    began = perf_counter()
    options = Options(level=level, strict=True, enough=1)
    with copy_of(fault) as copy:
        found = next(_on_rents(fault, copy, options) if fault.api == "bloqit" else _on_others(fault, copy, options), None)
    return found, perf_counter() - began


def _on_rents(fault: Fault, copy: Copy, options: Options) -> Iterator[Finding]:
    kinds = tuple(kind for kind in RENTS if kind in fault.kinds) or RENTS
    with on_loopback(copy) if "webhooks" in fault.needs else in_process(copy) as driver:
        for kind in kinds:
            yield from conformance(driver, replace(options, kinds=(kind,)), hooks=hooks()).findings


def _on_others(fault: Fault, copy: Copy, options: Options) -> Iterator[Finding]:
    server = served(copy)
    for kind in OTHERS[fault.api]:
        yield from judged(server, kind, options).findings


def finds(level: Level, faults: list[Fault]) -> Iterator[str]:
    """Which faults are found, and how long their reproductions are."""
    missed: list[Fault] = []
    long: list[str] = []
    seconds = 0.0
    checks: Counter[str] = Counter()
    for fault in faults:
        finding, took = tried(fault, level)
        seconds += took
        if finding is None:
            missed.append(fault)
            print(f"missed {fault.name}: {fault.about}", file=sys.stderr, flush=True)
            continue
        checks[finding.check] += 1
        print(
            f"found {fault.name}: {finding.check}, {len(finding.word)} of {fault.shortest}, {took:.1f} s",
            file=sys.stderr,
            flush=True,
        )
        if len(finding.word) > max(fault.shortest, 1) + LONGER:
            long.append(f"{fault.name}: {len(finding.word)} steps ({' '.join(finding.word)}), {fault.shortest} known")
    found = len(faults) - len(missed)
    yield f"found {found} of {len(faults)} ({found / len(faults):.1%}) at level {level} in {seconds:.0f} s"
    yield "by check: " + ", ".join(f"{name} {count}" for name, count in checks.most_common())
    yield from (f"missed: {fault.name} ({fault.family}): {fault.about}" for fault in missed)
    yield from (f"long: {line}" for line in long)


def speed(level: Level) -> Iterator[str]:
    """Steps a second in process and over loopback, and how long a run of all rent types takes."""
    for name, place in (("in process", in_process_alone), ("loopback", apart)):
        with place() as driver:
            report = conformance(driver, Options(level=level, strict=True), hooks=hooks())
        with place() as driver:
            only = conformance(driver, Options(level=level, strict=True, parts=frozenset({"words"})), hooks=hooks())
        steps, alone = (sum(kind.steps for kind in told.kinds) for told in (report, only))
        yield f"{name}: {_clean(report)}, {steps} steps, {report.requests} requests in {report.seconds:.1f} s"
        yield f"{name}, words alone: {alone / only.seconds:.0f} steps/s, {only.requests / only.seconds:.0f} requests/s"


@contextmanager
def in_process_alone() -> Generator[Driver]:
    """The clean simulator in this process."""
    with copy_of(None) as copy, in_process(copy) as driver:
        yield driver


def alarms(level: Level, runs: int) -> Iterator[str]:
    """Runs with different seeds on the clean simulator and on one that reads everything leniently."""
    for strict in (True, False):
        wrong = sum(bool([*_alarmed(Options(level=level, strict=strict, seed=seed))]) for seed in range(runs))
        yield f"{'strict' if strict else 'lenient'}: {wrong} false alarms in {runs} runs with different seeds at level {level}"


def _alarmed(options: Options) -> Iterator[Finding]:
    settings: dict[str, Any] = {} if options.strict else {"lenient": frozenset(LENIENT)}
    with copy_of(None) as copy, in_process(copy, **settings) as driver:
        findings = conformance(driver, options, hooks=hooks()).findings
        server = served(copy, Settings(**settings))
        findings += [one for kinds in OTHERS.values() for kind in kinds for one in judged(server, kind, options).findings]
    for one in findings:
        print(f"seed {options.seed}: {one.kind} {' '.join(one.word)}: {one.check}", file=sys.stderr, flush=True)
        yield one


def against(level: Level, faults: list[Fault]) -> Iterator[str]:
    """The kit and a fuzzer with the API's OpenAPI document, on the same faulty servers, one after the other."""
    ours = theirs = 0
    our_seconds = their_seconds = 0.0
    for fault in faults:
        finding, took = tried(fault, level)
        found = peer(fault)
        ours, our_seconds = ours + (finding is not None), our_seconds + took
        theirs, their_seconds = theirs + found.found, their_seconds + found.seconds
        print(fault.name, finding is not None, f"{took:.1f}", found.found, f"{found.seconds:.1f}", file=sys.stderr, flush=True)
    yield f"kit {ours} of {len(faults)} in {our_seconds:.0f} s, schemathesis {theirs} in {their_seconds:.0f} s"


def _clean(report: Report) -> str:
    return "conforms" if report.conforms else f"{len(report.findings)} findings"


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--part", choices=("finds", "speed", "alarms", "peer"), default="speed")
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--level", type=Level, default=Level.STANDARD)
    parser.add_argument("--every", type=int, default=1, help="only every so-many-th fault")
    parser.add_argument("--from", type=int, default=0, dest="first")
    parser.add_argument("--runs", type=int, default=50, help="different seeds")
    asked = parser.parse_args()
    faults = [fault for fault in FAULTS if not asked.only or fault.name in asked.only]
    faults = faults[asked.first :: asked.every]
    lines = {
        "finds": lambda: finds(asked.level, faults),
        "speed": lambda: speed(asked.level),
        "alarms": lambda: alarms(asked.level, asked.runs),
        "peer": lambda: against(asked.level, faults),
    }[asked.part]()
    for line in lines:
        print(line, flush=True)


if __name__ == "__main__":
    main()
