"""Longer runs: more lives with deaths, and real processes, over HTTP and with everything going wrong, killed at random instants.

Their short versions are in `make test`, the full ones only in `make soak`.
"""

import json
import random
import socket
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from postgres import schema, server_of_its_own
from victims import Victim, idle, nursery_in
from walks import MOVED, Plan, plans, run

from parcelflow.conformance import Travelled, check_history
from parcelflow.console.settings import Settings
from parcelflow.console.stage import Stage, stage
from parcelflow.engine import UNSETTLED, Engine, InboxStatus, OutboxStatus, SystemClock, Views
from parcelflow.engine.distributed import install
from parcelflow.machines import catalogue

LIVES = 5000


@pytest.mark.soak
def test_five_thousand_lives() -> None:
    @settings(max_examples=LIVES, deadline=None, suppress_health_check=(HealthCheck.too_slow,))
    @given(plans())
    def lives(plan: Plan) -> None:
        run(plan)

    lives()
    print(f"\n{LIVES} lives, every promise kept")


GIVEN_UP = 3
"""Calls whose tries may be spent by kills, of several hundred."""
SECRET, TOKEN = "a-secret-of-the-soak", "a-token-of-the-soak"
OPERATIONS = (
    "bloqit.deliveries.create",
    "bloqit.deliveries.make",
    "bloqit.rents.collect",
    "bloqit.rents.cancel",
    "bloqit.rents.finish",
    "bloqit.rents.get",
    "logistics.tasks.create",
    "blink.orders.sync_status",
)
FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "latency", "seconds": 0.3},
    {"kind": "hold_answer", "seconds": 0.5},
    {"kind": "error_after_effect"},
    {"kind": "error_after_effect", "status": 500},
    {"kind": "error_before_effect"},
    {"kind": "refuse", "status": 429, "retryAfter": 1},
    {"kind": "refuse", "status": 409},
)
"""Late; the answer held, so that most processes die over it; lost after the effect; lost before it; 429; a plain no."""


@dataclass
class Scene:
    """A pretend world, and what was answered to it and to our customers."""

    world: Stage
    chance: random.Random
    answered: set[str] = field(default_factory=set[str])
    kills: int = 0
    orders: int = 0

    def trouble(self) -> None:
        """Arm faults, and do mischief to the webhooks that come next."""
        for _ in range(2):
            self.world.act("/faults", {"operation": self.chance.choice(OPERATIONS), **self.chance.choice(FAULTS)})
        mischief = {word: self.chance.randrange(3) for word in ("drop", "duplicate", "reorder")}
        self.world.act("/webhooks/lab", mischief)

    def peace(self) -> None:
        """No more of it: what is armed yet would hit whoever sets things right in the end, call after call."""
        self.world.act("/faults/disarm")
        self.world.act("/webhooks/lab", {})
        self.world.act("/webhooks/settle")

    def hands(self) -> None:
        """Shut doors that are open, let riders ride, and order something."""
        self.orders += 1
        key = f"order-{self.orders}"
        order = json.loads(files("parcelflow.console.data").joinpath("order.json").read_text())
        self.world.act("/blink/orders", {**order, "blink_order_id": key, "order_key": key})
        state = self.world.see("/state")
        for rent in state["rents"]:
            if rent["state"] in {"starting", "collect_item"}:
                self.world.shut_door(rent["_id"])
        for task in state["tasks"]:
            if task["state"] not in {"finished", "cancelled"}:
                self.world.act(f"/logistics/tasks/{task['mappingKey']}/walk", {})

    def kill(self, victim: Victim) -> None:
        """Let one live for a moment, and end it at a random instant of it."""
        patience, words = self.chance.uniform(0.02, 0.8), self.chance.randrange(2, 25)
        while words and victim.listen(patience):
            words -= 1
        self.answered |= set(victim.kill())
        self.kills += 1


@contextmanager
def scene(folder: Path, *ports: int) -> Generator[Scene]:
    """A world whose webhooks go to receivers on these ports, and the settings of whoever listens there."""
    with stage() as world:
        told = {name: word for name, word in world.told.items() if name in Settings.model_fields}
        Settings.model_validate({**told, "webhook_secret": SECRET, "path_token": TOKEN}).save(folder)
        world.http.put(f"{world.told['sim']}/settings", json={"duplicate_task": "accept"}).raise_for_status()
        headers = {"X-API-KEY": world.told["bloqit_api_key"]}
        for port in ports:
            hook = {"url": f"http://127.0.0.1:{port}/hooks/bloqit", "enabledEvents": ["*"], "secret": SECRET, "description": "x"}
            world.http.post(f"{world.told['bloqit']}/webhooks", json=hook, headers=headers).raise_for_status()
        base = f"http://127.0.0.1:{ports[0]}/hooks"
        urls = {"order_url": f"{base}/blink/{TOKEN}/orders", "status_url": f"{base}/blink/{TOKEN}/statuses"}
        world.act("/blink/webhooks", urls)
        world.act("/logistics/webhook", {"url": f"{base}/logistics/{TOKEN}"})
        yield Scene(world, random.Random(7))  # noqa: S311 - instants, no secrets


def free_ports(number: int) -> list[int]:
    with ExitStack() as stack:
        return [stack.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1] for _ in range(number)]


def settle(engine: Engine, clock: SystemClock) -> None:
    """Everything that is still to be done, with time moved instead of waited for.

    A call whose process is killed in try after try is given up at last, as it should be, and an operator tries it again.
    """
    for _ in range(3):  # what was told while nobody listened is read off the remotes
        calls = [letter.id for letter in engine.letters.list() if letter.id.startswith("call/")]
        assert len(calls) <= GIVEN_UP, engine.letters.list()
        for number in calls:
            engine.letters.retry(number)
        engine.reconcile()
        for _ in range(400):
            due = engine.drain()
            if due is None or due - clock.now() > timedelta(minutes=9):
                break
            clock.advance(max(due - clock.now(), timedelta()))


def judged(scene: Scene, views: Views) -> list[str]:
    """What is not as it was promised."""
    inbox = views.inbox()
    there = Counter(row.external_id for row in inbox)
    faults = [f"{name} was answered and is there {there[name]} times" for name in scene.answered if there[name] != 1]
    faults += [f"webhook {name} was answered and is there {there[name]} times" for name in _posted(scene) if there[name] != 1]
    faults += [
        f"{row.external_id} is {row.status}: {row.note}" for row in inbox if row.status in {InboxStatus.NEW, InboxStatus.DEAD}
    ]
    for case in views.cases():
        lines = [line for line in views.journal(case.kind, case.key) if line.outcome in MOVED]
        verdict = check_history(catalogue()[case.kind], [Travelled(line.row or "", line.source, line.target) for line in lines])
        faults += [] if verdict.obeys and verdict.state == case.state else [f"{case.kind} {case.key}: {verdict}"]
    return [*faults, *_effects(scene, views)]


def _posted(scene: Scene) -> Iterator[str]:
    """Ids of Bloq.it's events that were answered with 2xx."""
    sent = [attempt for attempt in scene.world.see("/webhooks/log") if attempt.get("error") != "dropped by the lab"]
    for attempt, delivery in zip(sent, scene.world.see("/webhooks/captured"), strict=True):
        if attempt.get("status") == httpx.codes.OK and "_id" in (body := json.loads(delivery["body"])):
            yield body["_id"]


ONCE = frozenset({"bloqit.deliveries.create", "bloqit.deliveries.make", "bloqit.rents.collect", "logistics.tasks.create"})
"""What would be a crime to do twice: creations and doors. The others are repeated by their callers, who call that harmless; a
repetition that the remote refuses is refused in our record, too, although the first try was carried out."""


def _effects(scene: Scene, views: Views) -> Iterator[str]:
    """Effects that our record and the world's count differently, and calls that came to no end."""
    remote = {(case.kind, case.key): case.remote_id or case.key for case in views.cases()}
    rows = [row for row in views.outbox() if catalogue()[row.kind].machine.read != row.operation]
    decided = Counter((row.operation, remote[row.kind, row.key]) for row in rows)
    done = Counter((row.operation, remote[row.kind, row.key]) for row in rows if row.status == OutboxStatus.DONE)
    for row in rows:
        if row.status in UNSETTLED or row.status == OutboxStatus.DEAD:
            yield f"{row.effect_key} ({row.operation}) is {row.status}: {row.answer}"
    effects = scene.world.see("/record")["effects"]
    theirs = Counter((effect["operation"], effect["object"]) for effect in effects)
    made = Counter((effect["operation"], effect["external"]) for effect in effects if effect["from"] == "-")
    yield from (f"{operation} of {key} happened {times} times" for (operation, key), times in made.items() if key and times > 1)
    for name, times in decided.items():
        most = done[name] if name[0] in ONCE else times
        if not done[name] <= theirs[name] <= most:
            yield f"{name} was decided {times} times, is done {done[name]} times by our record and {theirs[name]} by the world's"


def report(scene: Scene, views: Views, more: str = "") -> None:
    """How much there was to be lost; a soak in which nothing happens proves nothing."""
    done = Counter(row.status for row in views.outbox())
    events = sum(1 for _ in _posted(scene))
    print(f"\n{scene.kills} kills{more}: {len(scene.answered)} wishes and {events} webhooks answered, calls {dict(done)}")
    assert min(len(scene.answered), events, done["done"]) >= scene.kills // 10


@pytest.mark.parametrize("kills", [5, pytest.param(500, marks=pytest.mark.soak)])
def test_a_process_killed_at_random_instants_loses_nothing_and_does_nothing_twice(tmp_path: Path, kills: int) -> None:
    (port,) = free_ports(1)
    with scene(tmp_path, port) as play:
        with nursery_in(tmp_path) as nursery:
            while play.kills < kills:
                play.trouble()
                victim = nursery.bear(port)
                play.hands()
                play.kill(victim)
        play.peace()
        clock = SystemClock()
        with idle(tmp_path, clock) as engine:
            settle(engine, clock)
            report(play, engine.views)
            assert judged(play, engine.views) == []


WORKERS = 4


@pytest.mark.parametrize("kills", [5, pytest.param(200, marks=pytest.mark.soak)])
def test_workers_killed_at_random_instants_beside_others_lose_nothing_and_do_nothing_twice(tmp_path: Path, kills: int) -> None:
    ports = free_ports(WORKERS)
    downs = 0
    with ExitStack() as stack:
        server = stack.enter_context(server_of_its_own())
        place = stack.enter_context(schema(server.url))
        install(place)
        play = stack.enter_context(scene(tmp_path, *ports))
        nursery = stack.enter_context(nursery_in(tmp_path, place))
        workers = [nursery.bear(port, doors_of(number)) for number, port in enumerate(ports)]
        while play.kills < kills:
            play.trouble()
            play.hands()
            if play.kills % max(kills // 8, 3) == 2:
                server.crash()
                downs += 1
                workers[0].listen(0.3)
                server.start()
            unlucky = play.chance.randrange(WORKERS)
            play.kill(workers[unlucky])
            workers[unlucky] = nursery.bear(ports[unlucky], doors_of(unlucky))
        for worker in workers:
            play.kill(worker)
        play.peace()
        with psycopg.connect(place) as connection:  # they are all dead, and time is moved and not waited for
            connection.execute("UPDATE outbox SET leased_until = 'epoch' WHERE status = 'claimed'")
        clock = SystemClock()
        with idle(tmp_path, clock, place) as engine:
            settle(engine, clock)
            report(play, engine.views, f", {downs} crashes of the server")
            assert judged(play, engine.views) == []


def doors_of(worker: int) -> tuple[int, ...]:
    return tuple(door for door in range(5) if door % WORKERS == worker)
