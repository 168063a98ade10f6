"""Longer runs, only with `make soak`: more lives with deaths, and a real process killed at random instants."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from walks import Plan, plans, run
from world import World

from parcelflow.engine import Engine, Ports
from parcelflow.machines import catalogue

LIVES, KILLS = 5000, 40

VICTIM = """
import sys; sys.path.insert(0, sys.argv[2])
from pathlib import Path
from parcelflow.engine import Engine
from parcelflow.machines import catalogue
from world import World
engine = Engine(Path(sys.argv[1]), catalogue(), dict.fromkeys(("bloqit", "blink", "logistics"), World()))
print("up", flush=True)
n = int(sys.argv[3])
while True:
    n += 1
    engine.ask("delivery", str(n), "create_with_locker", data={"locker_id": "L"}, request_id=str(n))
    print(n, flush=True)
    engine.drain()
"""


@pytest.mark.soak
def test_five_thousand_lives() -> None:
    @settings(max_examples=LIVES, deadline=None, suppress_health_check=(HealthCheck.too_slow,))
    @given(plans())
    def lives(plan: Plan) -> None:
        run(plan)

    lives()
    print(f"\n{LIVES} lives, every promise kept")


@pytest.mark.soak
def test_a_process_killed_at_random_instants_loses_nothing_that_it_answered(tmp_path: Path) -> None:
    answered = 0
    for _ in range(KILLS):
        words = (sys.executable, "-c", VICTIM, str(tmp_path / "x.db"), str(Path(__file__).parents[1] / "support"), str(answered))
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "up\n"
            for _ in range(1 + answered % 7):
                answered = int(process.stdout.readline())
            process.kill()
            answered = int((process.stdout.read().split() or [answered])[-1])
    with Engine(tmp_path / "x.db", catalogue(), {"bloqit": World()}, ports=Ports()) as engine:
        engine.drain()
        there = {row.external_id for row in engine.views.inbox() if row.source == "ask"}
    assert {str(n) for n in range(1, answered + 1)} <= there
    print(f"\n{KILLS} kills, {answered} wishes answered, 0 lost")
