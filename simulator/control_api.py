"""The control routes `/sim`: what no vendor offers and a test needs: the clock, the record, settings and faults.

May not be used by a client of the vendors' APIs. Non-obvious choice: settings are replaced one by one and the credentials are
among them, so that a test can also take a key away.
"""

from dataclasses import asdict, fields, replace
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, ValidationError

from .blink_api import BLINK
from .bloqit_api import BLOQIT
from .control_building import BUILDING
from .control_couriers import COURIERS
from .control_documents import DOCUMENTS
from .control_hands import HANDS
from .control_mail import WEBHOOKS
from .faults import STATUS, Fault, Kind
from .faulty import check_state
from .logistics_api import LOGISTICS
from .settings import Settings
from .strict import Nothing, StrictForm, read_strict, refusal
from .web import Answer, Call, Door, Operation, admit_all, word_plain
from .words import JsonObject, RefusedError, iso
from .world import World

FAULTY = frozenset(operation.name for door in (BLOQIT, BLINK, LOGISTICS) for operation in door.operations)
"""Operations that can have a fault: every one of the vendors' APIs."""

SETTINGS = TypeAdapter(Settings)


class Advance(StrictForm):
    """`seconds` of virtual time."""

    seconds: float


class FaultForm(StrictForm):
    """A fault to arm. `seconds` and `retryAfter` are real ones; `state` is for `wrong_state`, `effect` for `drop_connection`."""

    operation: str
    kind: Kind
    status: Annotated[int, Field(ge=400, le=599)] | None = None
    seconds: Annotated[float, Field(ge=0, le=3600)] = 60.0
    count: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    retry_after: Annotated[int, Field(ge=0, le=86_400)] = Field(default=1, alias="retryAfter")
    state: Annotated[str, Field(min_length=1)] | None = None
    effect: Literal["before", "after"] | None = None


def _clock(world: World, _call: Call | None = None) -> Answer:
    return Answer({"now": iso(world.clock.now()), "mode": world.clock.mode})


def _advance(world: World, call: Call) -> Answer:
    world.clock.advance(read_strict(Advance, call.body).seconds)
    return _clock(world)


def _freeze(world: World, _call: Call) -> Answer:
    world.clock.freeze()
    return _clock(world)


def _run(world: World, _call: Call) -> Answer:
    world.clock.run()
    return _clock(world)


def _record(world: World, call: Call) -> Answer:
    operation = call.query.get("operation", "")
    if operation and operation not in RECORDED:
        message = f"operation is one of {', '.join(sorted(RECORDED))}; got {operation!r}"
        raise RefusedError(400, "operationInvalid", message=message, fields=("operation",))
    found = world.record.find(thing=call.query.get("object", ""), operation=operation)
    return Answer({"count": len(found), "effects": [effect.view() for effect in found]})


def _state(world: World, _call: Call) -> Answer:
    return Answer(world.state())


def _settings(world: World, _call: Call) -> Answer:
    told: JsonObject = SETTINGS.dump_python(world.settings, mode="json")
    # Sets have no order of their own, and two runs are to answer alike.
    for name, value in told.items():
        told[name] = [*sorted(map(str, value))] if isinstance(value, list) else value
    return Answer(told)


def _set(world: World, call: Call) -> Answer:
    unknown = sorted(call.body.keys() - {field.name for field in fields(Settings)})
    if unknown:
        names = ", ".join(field.name for field in fields(Settings))
        message = f"There is no setting {unknown[0]}; there is: {names}; got {call.body[unknown[0]]!r}"
        raise RefusedError(400, f"{unknown[0]}Invalid", message=message, fields=(unknown[0],))
    try:
        world.ground.settings = SETTINGS.validate_python(asdict(world.settings) | call.body)
    except ValidationError as error:
        raise refusal(error, known=()) from error
    return _settings(world, call)


def _arm(world: World, call: Call) -> Answer:
    form = read_strict(FaultForm, call.body)
    if form.operation not in FAULTY:
        message = f"operation must be one of {', '.join(sorted(FAULTY))}; got {form.operation!r}"
        raise RefusedError(400, "operationInvalid", message=message, fields=("operation",))
    _check_state(form)
    status = form.status or STATUS[form.kind]
    rest = (form.seconds, form.count, form.retry_after, form.state or "", form.effect or "after")
    fault = Fault(form.operation, form.kind, status, *rest)
    world.faults.armed.append(fault)
    return Answer(fault.view(), 201)


def _check_state(form: FaultForm) -> None:
    if (form.kind == "wrong_state") != (form.state is not None):
        message = f"wrong_state, and nothing else, takes a state; got {form.kind} with {form.state!r}"
        raise RefusedError(400, "stateInvalid", message=message, fields=("state",))
    if form.kind != "drop_connection" and form.effect is not None:
        message = f"drop_connection, and nothing else, takes an effect; got {form.kind} with {form.effect!r}"
        raise RefusedError(400, "effectInvalid", message=message, fields=("effect",))
    if form.state is not None:
        check_state(form.operation, form.state)


def _faults(world: World, _call: Call) -> Answer:
    return Answer([fault.view() for fault in world.faults.armed])


def _release(world: World, _call: Call) -> Answer:
    world.faults.release()
    return Answer({})


def _disarm(world: World, _call: Call) -> Answer:
    world.faults.disarm()
    return Answer({})


_OPERATIONS = (
    Operation("sim.clock", "GET", ("/clock",), _clock),
    Operation("sim.clock.advance", "POST", ("/clock/advance",), _advance),
    Operation("sim.clock.freeze", "POST", ("/clock/freeze",), _freeze),
    Operation("sim.clock.run", "POST", ("/clock/run",), _run),
    Operation("sim.record", "GET", ("/record",), _record),
    Operation("sim.state", "GET", ("/state",), _state),
    Operation("sim.settings", "GET", ("/settings",), _settings),
    Operation("sim.settings.set", "PUT", ("/settings",), _set),
    Operation("sim.faults.arm", "POST", ("/faults",), _arm),
    Operation("sim.faults.list", "GET", ("/faults",), _faults),
    Operation("sim.faults.disarm", "POST", ("/faults/disarm",), _disarm),
    Operation("sim.faults.release", "POST", ("/faults/release",), _release),
    *BUILDING,
    *COURIERS,
    *HANDS,
    *WEBHOOKS,
    *DOCUMENTS,
)
_ASKED = {"sim.record": ("object", "operation")}
"""What is read from the query, by operation."""

_BODILESS = frozenset(
    f"sim.{name}"
    for name in (
        *(
            "clock",
            "clock.freeze",
            "clock.run",
            "record",
            "state",
            "settings",
            "faults.list",
            "faults.disarm",
            "faults.release",
            "openapi",
            "docs",
        ),
        *("webhooks.settle", "webhooks.log", "webhooks.captured"),
        *("bloqs.offline", "bloqs.online", "lockers.spring_open", "couriers.log_out", "rents.confirm"),
    )
)
"""Operations that say everything in their path."""


def _careful(operation: Operation) -> Operation:
    """The same, but nothing that is misspelt goes unnoticed."""
    asked = _ASKED.get(operation.name, ())

    def handler(world: World, call: Call) -> Answer:
        for name in call.query:
            if name not in asked:
                there = ", ".join(asked) or "none"
                message = f"there is no query parameter {name!r} here; there is: {there}; got {call.query[name]!r}"
                raise RefusedError(400, f"{name}Invalid", message=message, fields=(name,))
        if operation.name in _BODILESS:
            read_strict(Nothing, call.body)
        return operation.handler(world, call)

    return replace(operation, handler=handler)


RECORDED = FAULTY | {
    *(operation.name for operation in _OPERATIONS),
    *(f"bloqit.automatic.{what}" for what in ("price_settled", "notified", "expired", "customer", "started", "revived")),
    *(f"bloqit.automatic.{what}" for what in ("locker_disabled", "offline_dropoff", "offline_dropoff.code_check")),
    *("bloqit.door.opened", "bloqit.door.closed", "sim.riders.ride", "sim.rents.pickup.wrong_code"),
    *("sim.rents.dropoff.code_check", "sim.bloqs.dropoff.code_check"),
}
"""Everything that can be in the record: operations, and what happens by itself or on the way."""

CONTROL = Door(admit_all, word_plain, tuple(map(_careful, _OPERATIONS)))
"""The whole control surface."""
