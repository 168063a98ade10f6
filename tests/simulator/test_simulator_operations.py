"""Every operation of the three documents is served, at every path that could be meant."""

import json
import random
from collections.abc import Callable

import httpx
import pytest

from parcelflow.simulator import FIRST_BLOQ, FIRST_LOCKER, World
from parcelflow.simulator.blink_api import BLINK
from parcelflow.simulator.bloqit_api import BLOQIT
from parcelflow.simulator.control_api import CONTROL
from parcelflow.simulator.logistics_api import LOGISTICS

Ask = Callable[..., httpx.Response]

OPERATIONS = {
    "bloqit.bloqs.list": ["GET /bloqs"],
    "bloqit.bloqs.get": ["GET /bloqs/x"],
    "bloqit.bloqs.free_lockers": ["GET /bloqs/x/free-lockers"],
    "bloqit.bloqs.search": ["GET /bloqs/geoSearch"],
    "bloqit.bloqs.update": ["PUT /bloqs/x", "PUT /bloqs/x/"],
    "bloqit.lockers.open": ["PUT /bloqs/x/lockers/y/open"],
    "bloqit.lockers.open_bulk": ["PUT /bloqs/x/lockers/open"],
    "bloqit.lockers.close": ["PUT /bloqs/x/lockers/y/close"],
    "bloqit.lockers.set_availability": [
        f"PUT /bloqs/x/lockers/y/{last}" for last in ("availability", "active", "status", "change-availability")
    ],
    "bloqit.lockers.open_or_collect": ["PUT /bloqs/x/lockers/y/open-or-collect"],
    "bloqit.locations.create": ["POST /bloq-locations"],
    "bloqit.locations.list": ["GET /bloq-locations"],
    "bloqit.locations.get": ["GET /bloq-locations/x"],
    "bloqit.locations.update": ["PUT /bloq-locations/x"],
    "bloqit.locations.get_by_external_id": ["GET /bloq-locations/external-id/x"],
    "bloqit.locations.update_by_external_id": ["PUT /bloq-locations/external-id/x"],
    "bloqit.labels.list": ["GET /bloqs/labels-amount-available"],
    "bloqit.labels.get": ["GET /bloqs/x/labels-amount-available"],
    "bloqit.labels.print": ["PUT /bloqs/x/print-label", "POST /bloqs/x/print-label"],
    "bloqit.labels.notify_replacement": ["PUT /bloqs/x/notify-label-replacement"],
    "bloqit.rents.list": ["GET /rents"],
    "bloqit.rents.list_active": ["GET /rents/active"],
    "bloqit.rents.list_reached": ["GET /rents/reached-state"],
    "bloqit.rents.get_by_external_id": ["GET /rents/external/x"],
    "bloqit.rents.history": ["GET /rents/x/history", "GET /rents/history"],
    "bloqit.rents.get": ["GET /rents/x"],
    "bloqit.rents.update": ["PUT /rents/x"],
    "bloqit.rents.extend": ["PUT /rents/x/extend", "PUT /rents/x/extend-expiry-date", "PUT /rents/x/expiry-date"],
    "bloqit.rents.open_locker": ["PUT /rents/x/lockers/open"],
    "bloqit.rents.cancel": ["PUT /rents/x/cancel"],
    "bloqit.rents.collect": ["PUT /rents/x/collect"],
    "bloqit.rents.finish": ["PUT /rents/x/finish"],
    "bloqit.rent_sims.keypad": ["PUT /rent-sims/x/lockers/keypad"],
    "bloqit.rent_sims.close": ["PUT /rent-sims/x/lockers/close"],
    "bloqit.stores.start": [f"{method} /stores{last}" for method in ("POST", "PUT") for last in ("", "/start")],
    "bloqit.stores.end": ["PUT /stores/x/end", "PUT /stores/x/finish"],
    "bloqit.sends.start": ["POST /sends", "POST /sends/start"],
    "bloqit.deliveries.create": ["POST /deliveries/reserveLocker", "POST /deliveries"],
    "bloqit.deliveries.make": ["PUT /deliveries/x/make"],
    "bloqit.deliveries.notify": ["PUT /deliveries/x/notify"],
    "bloqit.deliveries.ready_for_pickup": ["PUT /deliveries/x/ready-for-pickup"],
    "bloqit.deliveries.in_transit": ["PUT /deliveries/x/in-transit"],
    "bloqit.deliveries.select_locker": ["PUT /deliveries/x/select-locker"],
    "bloqit.deliveries.return_": ["PUT /deliveries/x/return"],
    "bloqit.returns.create": ["POST /returns", "POST /returns/reserveLocker"],
    "bloqit.returns.reserve_locker": [f"PUT /returns/x/{last}" for last in ("reserve", "reserve-locker", "reserveLocker")],
    "bloqit.returns.finish": ["PUT /returns/x/finish"],
    "bloqit.customers.create": ["POST /customers"],
    "bloqit.customers.list": ["GET /customers"],
    "bloqit.customers.get": ["GET /customers/x"],
    "bloqit.customers.update": ["PUT /customers/x"],
    "bloqit.customers.delete": ["DELETE /customers/x"],
    "bloqit.couriers.create_token": ["GET /couriers/courier-auth/create-token"],
    "bloqit.webhooks.create": ["POST /webhooks"],
    "bloqit.webhooks.list": ["GET /webhooks"],
    "bloqit.webhooks.get": ["GET /webhooks/x"],
    "bloqit.webhooks.update": ["PUT /webhooks/x"],
    "bloqit.webhooks.delete": ["DELETE /webhooks/x"],
    "bloqit.webhooks.history": ["GET /webhooks/history"],
    "blink.auth.login": ["POST /interface/v1/login"],
    "blink.branches.list": ["GET /interface/v1/branches", "POST /interface/v1/branches"],
    "blink.customers.list": ["GET /interface/v1/customers", "POST /interface/v1/customers"],
    "blink.menu.sync": ["POST /interface/v1/importMenu"],
    "blink.stock.sync": ["POST /interface/v1/syncStockAndPrice"],
    "blink.orders.sync_status": ["POST /interface/v1/syncOrderStatus"],
    "logistics.tasks.create": ["POST /api/client/task"],
    "logistics.tasks.update": ["PUT /api/client/task"],
    "logistics.tasks.status": ["GET /api/client/task/status", "PUT /api/client/task/status"],
}
"""Written down from the documents' lists, not from the routes."""


def test_the_documents_operations_are_all_there_and_no_others() -> None:
    served = {operation.name for door in (BLOQIT, BLINK, LOGISTICS) for operation in door.operations}

    assert served == set(OPERATIONS)
    assert sum(name.startswith("bloqit.") for name in OPERATIONS) == 59


@pytest.mark.parametrize(("name", "line"), [(name, line) for name, lines in OPERATIONS.items() for line in lines])
def test_each_path_leads_to_its_operation(ask: Ask, world: World, name: str, line: str) -> None:
    method, path = line.split(" ")
    ask("POST /sim/faults", json={"operation": name, "kind": "refuse", "status": 418})

    assert ask(f"{method} /{name.partition('.')[0]}{path}").status_code == 418
    assert world.faults.armed[0].fired == 1
    assert len(world.record) == 0


FIELDS = """
expiryDate deliveryDateLimit collectTimeLimit notificationOptions externalID customer pickUpCode pickUpCodes
dropOffCode desiredLockerType labelContent labelTemplateID operationType prePickUpActions carrier openLocker
phoneNumber name email active title city code address postalCode location latitude longitude metadata state lockers
content maxRentTimeHour url enabledEvents description secret username password products blink_order_id status comment
taskId type mappingKey paymentType lat lng pickUpTime deliveryTime page limit lockerID bloqID customerID lockerType
rentID maxDistance courierID expirationDate bloqIDs templateID rentStates rentType customerQuery startDate endDate
from until eventTypes eventType withActiveRents seconds operation kind count order_url status_url eventId agent reason
steps profile succeeds deliveries drop delay features message
""".split()  # noqa: SIM905 - a list as long as this is read as prose
ODD = (
    *(None, True, 0, 5, -1, 1.5, 1e308, 10**30, "", "x", "0", "9" * 400, "\x00", "2026-03-01T12:00:00Z"),
    *(json.loads(text) for text in ("[]", "{}", "[[]]", "[{}]", '["x"]', '{"x": "y"}')),
    *(FIRST_LOCKER, [FIRST_LOCKER], "0000-00-00", "9999-12-31T23:59:59-14:00"),
)
EVERY = sorted({f"{name.partition('.')[0]} {line}" for name, lines in OPERATIONS.items() for line in lines}) + [
    f"sim {operation.method} {operation.paths[0]}"
    for operation in CONTROL.operations
    if operation.name not in ("sim.clock.run", "sim.docs")  # time would run on; and a page is no JSON
]


@pytest.mark.parametrize("line", EVERY)
def test_no_nonsense_is_answered_with_a_500(ask: Ask, reach: Callable[[str], str], line: str) -> None:
    rent, room = reach("in_progress"), line.partition(" ")[0]
    dice = random.Random(line)  # noqa: S311 - nothing is to be kept secret
    ask("POST /logistics/api/client/task", json={"mappingKey": "x"})
    _, method, path = line.split(" ")
    ids = {"bloqs": FIRST_BLOQ, "lockers": FIRST_LOCKER}
    parts = path.split("/")
    for index, part in enumerate(parts[1:], 1):
        if part in ("x", "y") or part.startswith("{"):
            parts[index] = ids.get(parts[index - 1], rent)
    for density in [0.02, 0.05, 0.1, 0.3, 0.8] * 4:
        body = {field: dice.choice(ODD) for field in FIELDS if dice.random() < density}
        query = {field: str(dice.choice(ODD)) for field in FIELDS if dice.random() < density}

        answer = ask(f"{method} /{room}{'/'.join(parts)}", json=body, params=query)

        assert answer.status_code < 500
        assert isinstance(answer.json(), dict | list)
