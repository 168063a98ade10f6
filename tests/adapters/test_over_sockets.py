"""Every operation against the simulator, over real sockets, both ways, with good and with bad input.

May not look into the simulator but to move its clock and to place an order. Non-obvious choice: what prepares a try goes over the
same sockets; a client that cannot create a rent could not be tested on collecting one.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from parcelflow.adapters.blink.client import AsyncBlink, Blink
from parcelflow.adapters.blink.menu import Category, Product, ProductAtBranch, ProductStock, StockAtBranch
from parcelflow.adapters.bloqit.client import AsyncBloqit, Bloqit
from parcelflow.adapters.catalogue import EVERY
from parcelflow.adapters.logistics.client import AsyncLogistics, Logistics
from parcelflow.adapters.patience import Patience
from parcelflow.adapters.tolerant import Tolerant
from parcelflow.machines import (
    BadParametersError,
    InvalidRequestError,
    NotFoundError,
    ParcelflowError,
    RemoteRefusedError,
    RouteUnverifiedError,
)
from parcelflow.simulator import FIRST_BLOQ, FIRST_LOCKER, Clock, Settings, World, served
from parcelflow.simulator.words import Cause

from .ways import Way, both_ways

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SOON, LATER = START + timedelta(hours=2), START + timedelta(hours=5)
NOBODY = "0" * 24
ONCE = Patience(attempts=1)
MAKE, CLOSE = "deliveries.make", "rent_sims.close"
TASK: Any = {
    "mapping_code": "T-1",
    "mapping_branch_id": "12345",
    "payment_type": "COD",
    "customer_name": "A",
    "customer_address": "B",
    "customer_phone": "923001234567",
    "lat": "24.871641",
    "lng": "67.059906",
    "pick_up_time": SOON,
    "delivery_time": LATER,
}
PRODUCT = Product(
    id="p",
    sku="s",
    name="pizza",
    is_active=True,
    price=Decimal(75),
    category=Category(id="c", name="food"),
    branches=[ProductAtBranch(id="12345", is_active=True, stock_quantity=3)],
)
STOCK = ProductStock(id="p", price=Decimal("75.5"), branches=[StockAtBranch(id="12345", stock_quantity=1)])


@dataclass
class Site:
    """A served world, and a client that prepares it."""

    world: World
    urls: Any
    hand: Bloqit

    def delivery(self, *steps: str) -> str:
        """A delivery that went through `steps`."""
        rent = self.hand.deliveries.create("E-1", locker_id=FIRST_LOCKER, expiry_date=SOON, pick_up_code="1").id
        return self._led(rent, steps)

    def store(self, *steps: str) -> str:
        """A store rent that went through `steps`."""
        return self._led(self.hand.stores.start(FIRST_LOCKER).id, steps)

    def a_return(self, **placed: Any) -> str:
        """A return, without a locker unless `placed` says where."""
        return self.hand.returns.create("E-1", expiry_date=LATER, **placed).id

    def expired(self) -> str:
        """A delivery that nobody brought in time."""
        rent = self.delivery(MAKE, CLOSE)
        self.world.clock.advance(3 * 3600)
        return rent

    def _led(self, rent: str, steps: tuple[str, ...]) -> str:
        for step in steps:
            group, _, name = step.partition(".")
            getattr(getattr(self.hand, group), name)(rent)
        return rent

    def customer(self) -> str:
        """Somebody."""
        return self.hand.customers.create(name="A", email="a@example.org", phone_number="+351911222333").id

    def place(self) -> str:
        """A location's external id."""
        return str(self.hand.locations.create("P-1", address="Street 1", latitude=38.7, longitude=-9.1).external_id)

    def place_id(self) -> str:
        """A location's own id, which this world shows."""
        return str(self.hand.locations.create("P-1", address="Street 1", latitude=38.7, longitude=-9.1).id)

    def hook(self) -> str:
        """A webhook that nobody answers."""
        return self.hand.webhooks.create("http://127.0.0.1:9/none", ["customer."]).id

    def task(self) -> str:
        """A courier's task."""
        with Logistics(self.urls["logistics_token"], base_url=self.urls["logistics"]) as client:
            return client.tasks.create("T-1", **TASK).data.task_id

    def order(self) -> str:
        """An order that somebody placed in the app."""
        with self.world.lock:
            return self.world.blink.place({"blink_order_id": "O-1"}, cause=Cause("blink_app.order", "blink_app", "customer")).id

    def ask(self, api: str, way: Way, ask: Callable[[Any], Any]) -> Any:
        """What a client of `api` answers over its sockets."""
        clients: dict[str, tuple[Any, tuple[str, ...]]] = {
            "bloqit": ((Bloqit, AsyncBloqit), (self.urls["bloqit_api_key"],)),
            "blink": ((Blink, AsyncBlink), (self.urls["blink_username"], self.urls["blink_password"])),
            "logistics": ((Logistics, AsyncLogistics), (self.urls["logistics_token"],)),
        }
        kinds, credentials = clients[api]
        return way.ask(kinds, credentials, ask, base_url=self.urls[api], patience=ONCE)


@pytest.fixture
def site() -> Iterator[Site]:
    """A fresh world on a socket, whose clock stands still and which shows the ids of locations."""
    world = World(clock=Clock(frozen_at=START), settings=Settings(location_ids=True))
    with served(world) as urls, Bloqit(urls["bloqit_api_key"], base_url=urls["bloqit"], patience=ONCE) as hand:
        yield Site(world, urls, hand)


Good = Callable[[Any, str], Any]
Bad = Callable[[Any], Any]


@dataclass(frozen=True)
class Try:
    """One operation: what it needs, a good call and what that shows, a bad call and what that raises."""

    needs: Callable[[Site], str]
    good: Good
    shows: Callable[[Any], bool]
    bad: Bad
    raises: type[ParcelflowError]


def _nothing(_site: Site) -> str:
    return ""


def _some(answer: Any) -> bool:
    return isinstance(answer, Tolerant)


def _state(word: str) -> Callable[[Any], bool]:
    return lambda rent: rent.state == word


def _has(count: int) -> Callable[[Any], bool]:
    return lambda docs: len(docs) == count


def _steps(*steps: str) -> Callable[[Site], str]:
    return lambda site: site.delivery(*steps)


BAD, GONE, INVALID = BadParametersError, NotFoundError, InvalidRequestError
UNSURE = RouteUnverifiedError  # a 404 on a route that was inferred may be the route's

TRIES: dict[str, Try] = {
    "bloqit.bloqs.list": Try(
        _nothing, lambda c, _: c.bloqs.list(limit=1), _has(2), lambda c: c.bloqs.list(locker_type="XXL"), BAD
    ),
    "bloqit.bloqs.get": Try(
        _nothing, lambda c, _: c.bloqs.get(FIRST_BLOQ), lambda bloq: len(bloq.lockers) == 5, lambda c: c.bloqs.get(NOBODY), GONE
    ),
    "bloqit.bloqs.free_lockers": Try(
        lambda site: site.delivery(),
        lambda c, _: c.bloqs.free_lockers(FIRST_BLOQ),
        lambda page: len(page.docs) == 4,
        lambda c: c.bloqs.free_lockers(NOBODY),
        GONE,
    ),
    "bloqit.bloqs.search": Try(
        _nothing,
        lambda c, _: c.bloqs.search(38.7, -9.1, 1_000_000),
        lambda docs: len(docs) >= 1,
        lambda c: c.bloqs.search(-9.1, 380, 5),
        BAD,
    ),
    "bloqit.bloqs.update": Try(
        _nothing,
        lambda c, _: c.bloqs.update(FIRST_BLOQ, max_rent_time_hour=7, active=False),
        lambda bloq: (bloq.rent_hours, bloq.active) == (7, False),
        lambda c: c.bloqs.update(NOBODY, title="x"),
        UNSURE,
    ),
    "bloqit.lockers.open": Try(
        _nothing,
        lambda c, _: c.lockers.open(FIRST_BLOQ, FIRST_LOCKER),
        lambda locker: locker.is_open,
        lambda c: c.lockers.open(FIRST_BLOQ, NOBODY),
        GONE,
    ),
    "bloqit.lockers.open_bulk": Try(
        _nothing,
        lambda c, _: c.lockers.open_bulk(FIRST_BLOQ, [FIRST_LOCKER]),
        lambda opened: opened.names == [FIRST_LOCKER],
        lambda c: c.lockers.open_bulk(FIRST_BLOQ, []),
        BAD,
    ),
    "bloqit.lockers.close": Try(
        lambda site: site.hand.lockers.open(FIRST_BLOQ, FIRST_LOCKER).id,
        lambda c, locker: c.lockers.close(FIRST_BLOQ, locker),
        lambda locker: not locker.is_open,
        lambda c: c.lockers.close(FIRST_BLOQ, NOBODY),
        GONE,
    ),
    "bloqit.lockers.set_availability": Try(
        _nothing,
        lambda c, _: c.lockers.set_availability(FIRST_BLOQ, FIRST_LOCKER, active=False),
        lambda locker: not locker.active,
        lambda c: c.lockers.set_availability(FIRST_BLOQ, FIRST_LOCKER, active="perhaps"),
        BAD,
    ),
    "bloqit.lockers.open_or_collect": Try(
        _steps(MAKE, CLOSE),
        lambda c, _: c.lockers.open_or_collect(FIRST_BLOQ, FIRST_LOCKER),
        lambda locker: locker.is_open,
        lambda c: c.lockers.open_or_collect(NOBODY, FIRST_LOCKER),
        GONE,
    ),
    "bloqit.locations.create": Try(
        _nothing,
        lambda c, _: c.locations.create("P-1", address="Street 1", latitude=38.7, longitude=-9.1, metadata={"k": "v"}),
        lambda place: (place.external_id, place.state) == ("P-1", "created"),
        lambda c: c.locations.create("P-1", address="Street 1", latitude=91, longitude=0),
        BAD,
    ),
    "bloqit.locations.list": Try(
        Site.place, lambda c, _: c.locations.list(state="created"), _has(1), lambda c: c.locations.list(state="lost"), BAD
    ),
    "bloqit.locations.get": Try(
        Site.place_id, lambda c, place: c.locations.get(place), _state("created"), lambda c: c.locations.get(NOBODY), GONE
    ),
    "bloqit.locations.update": Try(
        Site.place_id,
        lambda c, place: c.locations.update(place, name="new"),
        lambda place: place.name == "new",
        lambda c: c.locations.update(NOBODY),
        BAD,
    ),
    "bloqit.locations.get_by_external_id": Try(
        Site.place,
        lambda c, place: c.locations.get_by_external_id(place),
        _state("created"),
        lambda c: c.locations.get_by_external_id("a/b"),
        GONE,
    ),
    "bloqit.locations.update_by_external_id": Try(
        Site.place,
        lambda c, place: c.locations.update_by_external_id(place, state="churned"),
        _some,
        lambda c: c.locations.update_by_external_id("P-2", name="x"),
        UNSURE,
    ),
    "bloqit.labels.list": Try(
        _nothing, lambda c, _: c.labels.list(page=0, limit=0), lambda docs: len(docs) >= 1, lambda c: c.labels.list(page=-1), BAD
    ),
    "bloqit.labels.get": Try(
        _nothing,
        lambda c, _: c.labels.get(FIRST_BLOQ),
        lambda left: left.remaining > 0,
        lambda c: c.labels.get(NOBODY),
        GONE,
    ),
    "bloqit.labels.print": Try(
        _nothing,
        lambda c, _: c.labels.print(FIRST_BLOQ),
        _some,
        lambda c: c.labels.print(FIRST_BLOQ, content={"line": "x"}),
        BAD,
    ),
    "bloqit.labels.notify_replacement": Try(
        _nothing, lambda c, _: c.labels.notify_replacement(FIRST_BLOQ), _some, lambda c: c.labels.notify_replacement(NOBODY), GONE
    ),
    "bloqit.rents.list": Try(
        _steps(MAKE),
        lambda c, _: c.rents.list(rent_states=["starting", "expired"], start_date=START, end_date=LATER),
        _has(1),
        lambda c: c.rents.list(rent_states=["lost"]),
        BAD,
    ),
    "bloqit.rents.list_active": Try(
        _steps(),
        lambda c, _: c.rents.list_active(rent_type="delivery", bloq_id=FIRST_BLOQ),
        _has(1),
        lambda c: c.rents.list_active(rent_states=["finished"]),
        BAD,
    ),
    "bloqit.rents.list_reached": Try(
        _steps(MAKE, CLOSE),
        lambda c, _: c.rents.list_reached("starting", START - timedelta(hours=1), LATER),
        _has(1),
        lambda c: c.rents.list_reached("starting", LATER, START),
        BAD,
    ),
    "bloqit.rents.get_by_external_id": Try(
        _steps(),
        lambda c, _: c.rents.get_by_external_id("E-1"),
        _state("reserved"),
        lambda c: c.rents.get_by_external_id("E-2"),
        GONE,
    ),
    "bloqit.rents.history": Try(
        _steps(MAKE),
        lambda c, rent: c.rents.history(rent),
        lambda page: len(page.docs) >= 2,
        lambda c: c.rents.history(NOBODY),
        GONE,
    ),
    "bloqit.rents.get": Try(
        _steps(MAKE, CLOSE), lambda c, rent: c.rents.get(rent), _state("in_progress"), lambda c: c.rents.get(NOBODY), GONE
    ),
    "bloqit.rents.update": Try(
        _steps(),
        lambda c, rent: c.rents.update(rent, collect_time_limit=3, pick_up_codes={"user": "7"}, desired_locker_type="s"),
        lambda rent: rent.collect_time_limit == "3",
        lambda c: c.rents.update(NOBODY),
        BAD,
    ),
    "bloqit.rents.extend": Try(
        _steps(MAKE, CLOSE),
        lambda c, rent: c.rents.extend(rent, LATER),
        lambda rent: rent.expiry_date == LATER,
        lambda c: c.rents.extend(NOBODY, LATER),
        UNSURE,
    ),
    "bloqit.rents.open_locker": Try(
        _steps(MAKE, CLOSE),
        lambda c, rent: c.rents.open_locker(rent),
        _state("locker_opened"),
        lambda c: c.rents.open_locker(NOBODY),
        GONE,
    ),
    "bloqit.rents.cancel": Try(
        _steps(), lambda c, rent: c.rents.cancel(rent), _state("cancelled"), lambda c: c.rents.cancel(NOBODY), GONE
    ),
    "bloqit.rents.collect": Try(
        Site.expired, lambda c, rent: c.rents.collect(rent), _state("collect_item"), lambda c: c.rents.collect(NOBODY), GONE
    ),
    "bloqit.rents.finish": Try(
        Site.expired, lambda c, rent: c.rents.finish(rent), _state("finished"), lambda c: c.rents.finish(NOBODY), GONE
    ),
    "bloqit.rent_sims.keypad": Try(
        _steps(MAKE, CLOSE),
        lambda c, rent: c.rent_sims.keypad(rent),
        _state("collect_item"),
        lambda c: c.rent_sims.keypad(NOBODY),
        GONE,
    ),
    "bloqit.rent_sims.close": Try(
        _steps(MAKE), lambda c, rent: c.rent_sims.close(rent), _state("in_progress"), lambda c: c.rent_sims.close(NOBODY), GONE
    ),
    "bloqit.stores.start": Try(
        _nothing,
        lambda c, _: c.stores.start(FIRST_LOCKER, pick_up_codes={"user": "7"}),
        _state("starting"),
        lambda c: c.stores.start(""),
        BAD,
    ),
    "bloqit.stores.end": Try(
        lambda site: site.store(CLOSE),
        lambda c, rent: c.stores.end(rent, open_locker=True),
        _state("collect_item"),
        lambda c: c.stores.end(NOBODY),
        UNSURE,
    ),
    "bloqit.sends.start": Try(
        _nothing,
        lambda c, _: c.sends.start(FIRST_LOCKER, phone_number="+351911222333"),
        lambda rent: (rent.type, rent.state) == ("send", "starting"),
        lambda c: c.sends.start(FIRST_LOCKER, phone_number=""),
        BAD,
    ),
    "bloqit.deliveries.create": Try(
        _nothing,
        lambda c, _: c.deliveries.create("E-1", bloq_id=FIRST_BLOQ, notification_options=["sms"], collect_time_limit=48),
        _state("created"),
        lambda c: c.deliveries.create("E-1"),
        BAD,
    ),
    "bloqit.deliveries.make": Try(
        _steps(), lambda c, rent: c.deliveries.make(rent), _state("starting"), lambda c: c.deliveries.make(NOBODY), GONE
    ),
    "bloqit.deliveries.notify": Try(
        _steps(MAKE, CLOSE),
        lambda c, rent: c.deliveries.notify(rent),
        _state("in_progress"),
        lambda c: c.deliveries.notify(NOBODY),
        GONE,
    ),
    "bloqit.deliveries.ready_for_pickup": Try(
        _steps(),
        lambda c, rent: c.deliveries.ready_for_pickup(rent),
        _state("ready_for_pickup"),
        lambda c: c.deliveries.ready_for_pickup(NOBODY),
        GONE,
    ),
    "bloqit.deliveries.in_transit": Try(
        _steps("deliveries.ready_for_pickup"),
        lambda c, rent: c.deliveries.in_transit(rent),
        _state("in_transit"),
        lambda c: c.deliveries.in_transit(NOBODY),
        GONE,
    ),
    "bloqit.deliveries.select_locker": Try(
        lambda site: site.hand.deliveries.create("E-1", bloq_id=FIRST_BLOQ).id,
        lambda c, rent: c.deliveries.select_locker(rent, locker_type="m"),
        _state("reserved"),
        lambda c: c.deliveries.select_locker(NOBODY),
        BAD,
    ),
    "bloqit.deliveries.return_": Try(
        Site.expired,
        lambda c, rent: c.deliveries.return_(rent, expiry_date=START + timedelta(days=9)),
        lambda rent: rent.type == "return",
        lambda c: c.deliveries.return_(NOBODY),
        UNSURE,
    ),
    "bloqit.returns.create": Try(
        _nothing,
        lambda c, _: c.returns.create("E-1", bloq_id=FIRST_BLOQ, locker_type="M", collect_time_limit=LATER),
        lambda rent: (rent.type, rent.state) == ("return", "reserved"),
        lambda c: c.returns.create("E-1", collect_time_limit=48.5),
        BAD,
    ),
    "bloqit.returns.reserve_locker": Try(
        Site.a_return,
        lambda c, rent: c.returns.reserve_locker(rent, FIRST_BLOQ, locker_id=FIRST_LOCKER),
        _state("reserved"),
        lambda c: c.returns.reserve_locker(NOBODY, FIRST_BLOQ),
        BAD,
    ),
    "bloqit.returns.finish": Try(
        lambda site: site.hand.deliveries.return_(site.expired(), expiry_date=START + timedelta(days=9)).id,
        lambda c, rent: c.returns.finish(rent),
        _some,
        lambda c: c.returns.finish(NOBODY),
        GONE,
    ),
    "bloqit.customers.create": Try(
        _nothing,
        lambda c, _: c.customers.create(name="A", phone_number="+351911222333"),
        lambda customer: customer.phone == "+351911222333",
        lambda c: c.customers.create(name=[]),
        BAD,
    ),
    "bloqit.customers.list": Try(
        Site.customer,
        lambda c, _: c.customers.list(with_active_rents="without"),
        lambda docs: len(docs) >= 1,
        lambda c: c.customers.list(with_active_rents="perhaps"),
        BAD,
    ),
    "bloqit.customers.get": Try(
        Site.customer,
        lambda c, who: c.customers.get(who),
        lambda customer: customer.name == "A",
        lambda c: c.customers.get(NOBODY),
        GONE,
    ),
    "bloqit.customers.update": Try(
        Site.customer,
        lambda c, who: c.customers.update(who, name="B"),
        lambda customer: customer.name == "B",
        lambda c: c.customers.update(NOBODY, name="B"),
        UNSURE,
    ),
    "bloqit.customers.delete": Try(
        Site.customer,
        lambda c, who: c.customers.delete(who),
        lambda customer: customer.name == "A",
        lambda c: c.customers.delete(NOBODY),
        GONE,
    ),
    "bloqit.couriers.create_token": Try(
        _nothing,
        lambda c, _: c.couriers.create_token("DRIVER1", expiration_date="7d", bloq_ids=[FIRST_BLOQ], metadata={"k": "v"}),
        lambda made: made.token.get_secret_value().count(".") == 2,
        lambda c: c.couriers.create_token("DRIVER1", expiration_date="60"),
        BAD,
    ),
    "bloqit.webhooks.create": Try(
        _nothing,
        lambda c, _: c.webhooks.create("https://partner.example/hook", ["rent."], description="ours"),
        lambda hook: len(hook.events) > 10,
        lambda c: c.webhooks.create("/relative", ["rent."]),
        BAD,
    ),
    "bloqit.webhooks.list": Try(
        Site.hook,
        lambda c, _: c.webhooks.list(event_type="customer.customer_created"),
        _has(1),
        lambda c: c.webhooks.list(start_date=LATER, end_date=START),
        BAD,
    ),
    "bloqit.webhooks.history": Try(
        _steps(MAKE),
        lambda c, _: c.webhooks.history(event_types=["rent.started"], limit=1),
        _has(1),
        lambda c: c.webhooks.history(limit=10**6),
        INVALID,
    ),
    "bloqit.webhooks.get": Try(Site.hook, lambda c, hook: c.webhooks.get(hook), _some, lambda c: c.webhooks.get(NOBODY), GONE),
    "bloqit.webhooks.update": Try(
        Site.hook,
        lambda c, hook: c.webhooks.update(hook, description="new"),
        lambda hook: hook.description == "new",
        lambda c: c.webhooks.update(NOBODY, description="new"),
        UNSURE,
    ),
    "bloqit.webhooks.delete": Try(
        Site.hook, lambda c, hook: c.webhooks.delete(hook), _some, lambda c: c.webhooks.delete(NOBODY), GONE
    ),
    "blink.auth.login": Try(
        _nothing,
        lambda c, _: c.auth.login("pretend-restaurant", "pretend-password"),
        lambda token: bool(token.access_token.get_secret_value()),
        lambda c: c.auth.login("pretend-restaurant", "wrong"),
        RemoteRefusedError,
    ),
    "blink.menu.sync": Try(
        _nothing,
        lambda c, _: c.menu.sync([PRODUCT]),
        _some,
        lambda c: c.menu.sync([{"id": "p"}]),
        BAD,
    ),
    "blink.stock.sync": Try(
        lambda site: str(site.ask("blink", Way("blocking"), lambda c: c.menu.sync([PRODUCT]))),
        lambda c, _: c.stock.sync([STOCK]),
        _some,
        lambda c: c.stock.sync([STOCK] * 51),
        BAD,
    ),
    "blink.branches.list": Try(
        _nothing, lambda c, _: c.branches.list(), _has(2), lambda c: c.ask("blink.branches.list", {"page": 1}), BAD
    ),
    "blink.customers.list": Try(
        _nothing, lambda c, _: c.customers.list(), lambda docs: len(docs) >= 1, lambda c: c.customers.list(page=0), BAD
    ),
    "blink.orders.sync_status": Try(
        Site.order,
        lambda c, order: c.orders.sync_status(order, 4, comment="too far"),
        _some,
        lambda c: c.orders.sync_status("no such order", 1),
        INVALID,
    ),
    "logistics.tasks.create": Try(
        _nothing,
        lambda c, _: c.tasks.create("T-1", **TASK, tax=Decimal("1.5")),
        lambda news: news.event_id == 20,
        lambda c: c.tasks.create("T-1", **{**TASK, "delivery_time": START}),
        BAD,
    ),
    "logistics.tasks.update": Try(
        Site.task,
        lambda c, task: c.tasks.update(task, type=1, instruction="ring twice"),
        lambda news: news.event_id == 21,
        lambda c: c.tasks.update(NOBODY, type=1),
        GONE,
    ),
    "logistics.tasks.status": Try(
        Site.task, lambda c, _: c.tasks.status("T-1"), lambda news: news.event_id == 20, lambda c: c.tasks.status("T-2"), GONE
    ),
}


def test_every_operation_is_tried() -> None:
    assert list(TRIES) == list(EVERY)


@both_ways
@pytest.mark.parametrize("name", TRIES)
def test_an_operation_refuses_what_cannot_be_and_does_what_it_is_asked(site: Site, way: Way, name: str) -> None:
    found, api = TRIES[name], name.partition(".")[0]
    before = len(site.world.record)
    with pytest.raises(found.raises) as caught:
        site.ask(api, way, found.bad)
    assert str(caught.value)
    assert len(site.world.record) == before, "a refusal leaves no trace"
    given = found.needs(site)
    answer = site.ask(api, way, lambda client: found.good(client, given))
    assert found.shows(answer), answer
