"""Declarations: every method of every client is an operation, and sends what its signature says."""

import inspect
from typing import Any, get_type_hints

import pytest

from parcelflow.adapters.blink.client import BlinkGroups
from parcelflow.adapters.blink.operations import GROUPS as BLINK
from parcelflow.adapters.bloqit.client import Bloqit, BloqitGroups
from parcelflow.adapters.bloqit.operations import GROUPS as BLOQIT
from parcelflow.adapters.catalogue import EVERY
from parcelflow.adapters.declare import Group, Listing, Method
from parcelflow.adapters.logistics.client import LogisticsGroups
from parcelflow.adapters.logistics.operations import GROUPS as LOGISTICS
from parcelflow.adapters.operation import names_of
from parcelflow.adapters.page import Page
from parcelflow.machines import BadParametersError

from .fakes import Remote, reply, sample
from .ways import Way, both_ways

GROUPS = (*BLOQIT, *BLINK, *LOGISTICS)


def test_there_are_as_many_operations_as_the_documents_have() -> None:
    counts = [sum(name.startswith(api) for name in EVERY) for api in ("bloqit.", "blink.", "logistics.")]
    assert counts == [59, 6, 3]  # and three webhooks that come to us, which makes 71


@pytest.mark.parametrize(
    ("holder", "groups"), [(BloqitGroups, BLOQIT), (BlinkGroups, BLINK), (LogisticsGroups, LOGISTICS)], ids=str
)
def test_a_client_has_every_group_under_the_name_that_its_operations_have(holder: Any, groups: Any) -> None:
    held = {name: hint.__origin__ for name, hint in get_type_hints(holder).items()}
    assert set(held.values()) == set(groups)
    for name, group in held.items():
        assert all(operation.split(".")[1] == name for operation in group.operations)


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.__name__)
def test_every_method_is_an_operation_that_its_signature_tells_wholly(group: type[Group[Any]]) -> None:
    methods: dict[str, Any] = {name: member for name, member in vars(group).items() if isinstance(member, Method | Listing)}
    assert {member.operation.id for member in methods.values()} == set(group.operations)
    for name, member in methods.items():
        operation = member.operation
        assert getattr(group, name) is member
        arguments = list(inspect.signature(member.function).parameters)[1:]
        assert len(arguments) == len(names_of(operation))
        assert operation.title == inspect.getdoc(member.function)
        assert issubclass(operation.answer, Page) or isinstance(member, Method)


@both_ways
def test_a_method_sends_what_the_same_operation_asked_by_its_id_sends(way: Way) -> None:
    named = Remote(reply(200, sample("bloqit_rent_reserved")))
    way.bloqit(named, lambda client: client.deliveries.make("R/1", locker_id="L"))
    by_id = Remote(reply(200, sample("bloqit_rent_reserved")))
    way.bloqit(by_id, lambda client: client.ask("bloqit.deliveries.make", {"rentID": "R/1", "lockerID": "L"}))
    assert named.lines == by_id.lines == ["PUT /api/v1/public/deliveries/R%2F1/make?lockerID=L"]


@both_ways
def test_a_method_keeps_its_name_its_help_and_its_signature(way: Way) -> None:
    seen: list[Any] = []

    def look(client: Any) -> Any:
        seen.append(client.rents.collect)
        return client.rents.get("1")

    way.bloqit(Remote(reply(200, {"_id": "1"})), look)
    assert seen[0].__name__ == "collect"
    assert "last time" in (inspect.getdoc(seen[0]) or "")
    assert "rent_id" in str(inspect.signature(seen[0]))


@both_ways
def test_what_a_signature_does_not_have_is_a_type_error_and_a_bad_value_is_shown(way: Way) -> None:
    with pytest.raises(TypeError, match=r"^bloqit\.deliveries\.make: .*'lockerID'; it takes: rent_id, locker_id$"):
        way.bloqit(Remote(), lambda client: client.deliveries.make("1", lockerID="L"))
    with pytest.raises(TypeError, match=r"^bloqit\.rents\.get: missing .*'rent_id'; it takes: rent_id$"):
        way.bloqit(Remote(), lambda client: client.rents.get())
    with pytest.raises(TypeError, match=r"^blink\.branches\.list: .*; it takes: nothing$"):
        way.blink(Remote(), lambda client: client.branches.list(1))
    with pytest.raises(BadParametersError, match=r"bloqit\.bloqs\.search: latitude: .*90, got 91"):
        way.bloqit(Remote(), lambda client: client.bloqs.search(91, 0, 5))


def test_a_group_without_a_client_shows_its_declarations() -> None:
    assert BLOQIT[0].__name__ == "Bloqs"
    assert isinstance(vars(BLOQIT[0])["get"], Method)
    assert Bloqit.__mro__[1].__name__ == "BlockingClient"
