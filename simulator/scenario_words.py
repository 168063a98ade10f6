"""The words of a scenario's steps, as a table: what each asks of the world, and under which names.

May not ask anything. Non-obvious choice: a step *is* a request of the vendors' APIs or of the control routes, and its options are
that request's own parameters; a scenario teaches no second language for what the documents already name.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Verb:
    """One word.

    Attributes:
        line: Method and path; `{of}` is what the step is about.
        query: Options that go into the query; the others are the body.
        makes: Field of the answer that names what was made; empty when nothing is.
        takes: The one option that may stand alone in place of a mapping; empty for `of`.
        fixed: What is sent without being asked for.
    """

    line: str
    query: frozenset[str] = frozenset()
    makes: str = ""
    takes: str = ""
    fixed: Mapping[str, object] = field(default_factory=dict[str, object])


def _query(*names: str) -> frozenset[str]:
    return frozenset(names)


PLACE = _query("lockerID", "bloqID", "customerID")
LOCKER = "/bloqit/bloqs/{bloq}/lockers/{of}"
TASK = {
    "mappingBranchId": "12345",
    "paymentType": "COD",
    "customerName": "Ana",
    "customerAddress": "Street 1",
    "customerPhone": "923001234567",
    "lat": "24.87",
    "lng": "67.05",
    "pickUpTime": "2026-03-01T12:30:00.000Z",
    "deliveryTime": "2026-03-01T13:30:00.000Z",
    "type": 1,
}
"""What a task needs and a scenario is rarely about."""

VERBS: Mapping[str, Verb] = MappingProxyType(
    {
        # rents
        "create delivery": Verb("POST /bloqit/deliveries/reserveLocker", PLACE, makes="_id"),
        "create return": Verb("POST /bloqit/returns", PLACE | _query("lockerType", "rentID"), makes="_id"),
        "start store": Verb("POST /bloqit/stores", _query("lockerID", "customerID"), makes="_id"),
        "start send": Verb("POST /bloqit/sends", _query("lockerID", "customerID"), makes="_id"),
        "make": Verb("PUT /bloqit/deliveries/{of}/make", _query("lockerID")),
        "notify": Verb("PUT /bloqit/deliveries/{of}/notify"),
        "ready for pickup": Verb("PUT /bloqit/deliveries/{of}/ready-for-pickup"),
        "in transit": Verb("PUT /bloqit/deliveries/{of}/in-transit"),
        "select locker": Verb("PUT /bloqit/deliveries/{of}/select-locker", _query("bloqID", "lockerID", "lockerType")),
        "return delivery": Verb("PUT /bloqit/deliveries/{of}/return"),
        "reserve locker": Verb("PUT /bloqit/returns/{of}/reserve", PLACE | _query("lockerType", "rentID")),
        "finish return": Verb("PUT /bloqit/returns/{of}/finish"),
        "end store": Verb("PUT /bloqit/stores/{of}/end"),
        "update": Verb("PUT /bloqit/rents/{of}"),
        "extend": Verb("PUT /bloqit/rents/{of}/extend"),
        "open": Verb("PUT /bloqit/rents/{of}/lockers/open"),
        "cancel": Verb("PUT /bloqit/rents/{of}/cancel"),
        "collect": Verb("PUT /bloqit/rents/{of}/collect"),
        "finish": Verb("PUT /bloqit/rents/{of}/finish"),
        # people at a locker
        "close": Verb("PUT /bloqit/rent-sims/{of}/lockers/close"),
        "drop off": Verb("POST /sim/rents/{of}/dropoff"),
        "pick up": Verb("POST /sim/rents/{of}/pickup"),
        "type code": Verb("POST /sim/bloqs/{of}/dropoff"),
        "open locker": Verb(f"PUT {LOCKER}/open"),
        "close locker": Verb(f"PUT {LOCKER}/close"),
        "open or collect": Verb(f"PUT {LOCKER}/open-or-collect"),
        "disable locker": Verb(f"PUT {LOCKER}/availability", fixed={"active": False}),
        "enable locker": Verb(f"PUT {LOCKER}/availability", fixed={"active": True}),
        "spring open": Verb("POST /sim/lockers/{of}/open"),
        "go offline": Verb("POST /sim/bloqs/{of}/offline"),
        "go online": Verb("POST /sim/bloqs/{of}/online"),
        # restaurants and couriers
        "place order": Verb("POST /sim/blink/orders", makes="blink_order_id"),
        "tell status": Verb("POST /blink/interface/v1/syncOrderStatus"),
        "set status": Verb("POST /sim/blink/orders/{of}/status"),
        "create task": Verb("POST /logistics/api/client/task", makes="data.taskId", fixed=TASK),
        "update task": Verb("PUT /logistics/api/client/task"),
        "rider": Verb("POST /sim/logistics/tasks/{of}/event"),
        "walk": Verb("POST /sim/logistics/tasks/{of}/walk"),
        "ride": Verb("POST /sim/logistics/tasks/{of}/ride"),
        # the world
        "fault": Verb("POST /sim/faults"),
        "mischief": Verb("POST /sim/webhooks/lab"),
        "settings": Verb("PUT /sim/settings"),
        "call": Verb(""),
        "advance": Verb("POST /sim/clock/advance", takes="seconds"),
    }
)
"""By word. `call` is any request, e.g. `{call: PUT /bloqit/rents/{parcel}/cancel}`."""

NAMED_IN_BODY = MappingProxyType({"tell status": "blink_order_id", "update task": "taskId"})
"""Words that name what they are about in the body and not in the path."""

EXPECTATIONS: Mapping[str, str] = MappingProxyType(
    {
        "state": "`{name: state}` of rents, orders (0 to 4) and tasks",
        "locker": "`{title: {open, active, rent}}`; `rent` is a name, or `none`",
        "events": "`{name: [event, ...]}`: a rent's history, in order and complete",
        "sent": "the webhooks that have arrived since the beginning, in order and complete",
        "count": "`{operation: number}`: how often it really happened",
        "answer": "`{status, code}` of the last step, or any field of its answer",
    }
)
"""What may be expected: word and shape."""
