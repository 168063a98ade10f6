"""Remarks: each finding that is told to whoever listens, in the place where it is met, and nowhere else."""

import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC
from typing import Any

import pytest

from parcelflow.adapters.blink.branches import branch_map
from parcelflow.adapters.blink.client import Blink
from parcelflow.adapters.blink.menu import OptionAtBranch, ProductAtBranch, StockAtBranch
from parcelflow.adapters.blink.webhook import parse
from parcelflow.adapters.blink.wire import Branch
from parcelflow.adapters.bloqit.caller import BloqitCaller
from parcelflow.adapters.logistics.client import AsyncLogistics, Logistics
from parcelflow.adapters.remarks import REMARKS
from parcelflow.adapters.tolerant import moment_of
from parcelflow.machines import Arrival, BadSettingsError, NotSupportedRemotelyError

from .fakes import KEY, NOW, Remote, clock, effect, reply
from .ways import Way, both_ways

RENT = {"_id": "R", "state": "reserved"}


class Heard(logging.Handler):
    """Findings and texts of the remarks."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it."""
        self.records.append(record)

    @property
    def findings(self) -> list[str]:
        """The ids, in the order in which they were met."""
        return [vars(record)["finding"] for record in self.records]


@pytest.fixture
def heard() -> Iterator[Heard]:
    handler = Heard()
    REMARKS.addHandler(handler)
    yield handler
    REMARKS.removeHandler(handler)


def order(*, zone: Any = UTC, branches: Any = None, **changed: object) -> Arrival:
    body: dict[str, object] = {"blink_order_id": "1", "products": [], **changed}
    return parse(json.dumps(body).encode(), now=NOW, fresh_id=str, zone=zone, branches=branches)


def test_nobody_hears_remarks_who_did_not_ask_to() -> None:
    code = "from parcelflow.adapters.remarks import remark; remark('A18', 'x')"
    run = subprocess.run((sys.executable, "-c", code), capture_output=True, text=True, check=True)
    assert (run.stdout, run.stderr) == ("", "")


def test_a_remark_names_its_finding(heard: Heard) -> None:
    assert moment_of("2024-03-26T13:30:00") == NOW
    (record,) = heard.records
    assert (record.name, record.levelname, vars(record)["finding"]) == ("parcelflow.remarks", "WARNING", "A18")
    assert record.getMessage() == "A18: the instant 2024-03-26T13:30:00 has no zone, and was taken for UTC"


def test_an_instant_with_a_zone_is_not_remarked_on(heard: Heard) -> None:
    assert moment_of("2024-03-26T13:30:00.000Z") == moment_of("2024-03-26T14:30:00+01:00") == NOW
    assert moment_of("soon") is None
    assert heard.findings == []


@both_ways
@pytest.mark.parametrize(
    ("fields", "state", "findings"),
    [
        ({"pick_up_codes": {"a": "1"}}, "in_progress", ["A13"]),
        ({"label_content": {"a": 1}, "label_template_id": "v3"}, "in_transit", ["A13"]),
        ({"pick_up_codes": {"a": "1"}}, "Reserved", []),
        ({"pick_up_codes": {"a": "1"}}, "CREATED", []),
        ({"pick_up_codes": {"a": "1"}}, None, []),
        ({"carrier": "dhl"}, "in_progress", []),
    ],
)
def test_a_late_change_of_a_label_or_of_codes_is_remarked_on(
    way: Way, heard: Heard, fields: dict[str, Any], state: str | None, findings: list[str]
) -> None:
    remote = Remote(reply(200, {"_id": "R", "state": state}))
    way.bloqit(remote, lambda client: client.rents.update("R", **fields))
    assert heard.findings == findings


def test_so_is_that_of_a_case(heard: Heard) -> None:
    for answered in ("in_progress", "reserved"):
        remote = Remote(reply(200, {**RENT, "state": answered}))
        caller = BloqitCaller("https://a.example", api_key=KEY, clock=clock, transport=remote.transport)
        caller.call(effect("bloqit.rents.update", "update", wish={"pickup_codes": {"a": "1"}}), "key")
        caller.close()
        assert heard.findings == ["A13"]
    assert "pickUpCodes changed in in_progress" in heard.records[0].getMessage()
    assert "'1'" not in heard.records[0].getMessage()


@both_ways
def test_an_update_that_is_refused_or_cannot_be_read_is_no_remark(way: Way, heard: Heard) -> None:
    for answers in ((reply(409),), (reply(200, b"?"), reply(404))):  # what cannot be read is read back, and is not there
        with pytest.raises(Exception, match=r"bloqit|rents"):
            way.bloqit(Remote(*answers), lambda client: client.rents.update("R", pick_up_codes={"a": "1"}))
    assert heard.findings == []


BLOQ = {"_id": "B", "location": {"coordinates": [-9.13, 38.71]}}


@pytest.mark.parametrize(
    ("point", "findings"), [((38.71, -9.13), []), ((-9.13, 38.71), ["A42"]), ((-9.13, 38.9), []), ((0.0, 0.0), [])]
)
@pytest.mark.parametrize("known", ["list", "get"])
@both_ways
def test_a_point_that_lies_the_wrong_way_is_remarked_on(
    way: Way, heard: Heard, known: str, point: tuple[float, float], findings: list[str]
) -> None:
    elsewhere: dict[str, object] = {"_id": "C", "location": {}}
    seen: dict[str, Any] = {"docs": [BLOQ, elsewhere], "totalDocs": 2} if known == "list" else BLOQ

    def blocking(client: Any) -> Any:
        _ = list(client.bloqs.list()) if known == "list" else client.bloqs.get("B")
        return list(client.bloqs.search(*point, 5000))

    def awaiting(client: Any) -> Any:
        async def both() -> Any:
            _ = [bloq async for bloq in client.bloqs.list()] if known == "list" else await client.bloqs.get("B")
            return [bloq async for bloq in client.bloqs.search(*point, 5000)]

        return both()

    remote = Remote(reply(200, seen), reply(200, {"docs": []}))
    assert way.bloqit(remote, blocking if way.name == "blocking" else awaiting) == []
    assert heard.findings == findings


@both_ways
def test_where_no_bloq_is_known_nothing_is_remarked_on(way: Way, heard: Heard) -> None:
    way.bloqit(Remote(reply(200, {})), lambda client: client.bloqs.search(-9.13, 38.71, 5000))
    assert heard.findings == []


@both_ways
def test_a_notice_that_answers_an_unknown_code_is_remarked_on(way: Way, heard: Heard) -> None:
    way.bloqit(Remote(reply(200, {"code": "noticed"})), lambda client: client.labels.notify_replacement("B"))
    way.bloqit(Remote(reply(200, {})), lambda client: client.labels.notify_replacement("B"))
    assert heard.findings == ["A46"]


@both_ways
def test_a_location_without_an_id_of_yours_gets_a_new_one_each_time(way: Way) -> None:
    def create(**more: str) -> str:
        remote = Remote(reply(200, {"externalID": "x"}))
        way.bloqit(remote, lambda client: client.locations.create(address="A", latitude=1, longitude=2, **more))
        return remote.body()["externalID"]

    first, second = create(), create()
    assert len(first) == len(second) == 32
    assert first != second
    assert create(external_id="mine") == "mine"


@both_ways
def test_a_lost_location_is_found_by_the_id_that_was_made_for_it(way: Way) -> None:
    remote = Remote(reply(500), reply(200, {"externalID": "x", "name": "found"}))
    found = way.bloqit(remote, lambda client: client.locations.create(address="A", latitude=1, longitude=2))
    assert found.name == "found"
    assert remote.lines[1].endswith(f"/bloq-locations/external-id/{remote.body(0)['externalID']}")


# --- Blink ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [OptionAtBranch, StockAtBranch, ProductAtBranch])
def test_a_stock_may_be_given_in_either_spelling_and_the_tables_counts(heard: Heard, kind: Any) -> None:
    def given(**stock: int) -> Any:
        return kind(id="1", is_active=True, **stock).stock_quantity

    assert [given(stock_qunatity=3), given(stock_quantity=4), given(stock_qunatity=5, stock_quantity=5), given()] == [
        3,
        4,
        5,
        None,
    ]
    assert heard.findings == []
    assert given(stock_qunatity=6, stock_quantity=7) == 6
    assert heard.findings == ["C2"]


def test_whether_a_branch_sells_a_product_of_the_menu_is_required() -> None:
    incomplete: Any = {"id": "1"}
    with pytest.raises(ValueError, match="is_active"):
        ProductAtBranch(**incomplete)
    assert StockAtBranch(**incomplete).is_active is OptionAtBranch(**incomplete).is_active is None


@both_ways
def test_a_rejection_without_a_comment_is_sent_with_one(way: Way, heard: Heard) -> None:
    for options, comment in (({}, "rejected by the restaurant"), ({"rejection": "closed today"}, "closed today")):
        remote = Remote(reply(200, {"access_token": "T"}), reply(200))
        way.blink(remote, lambda client: client.orders.sync_status("1", 4), **options)
        assert remote.body(1) == {"blink_order_id": "1", "status": 4, "comment": comment}
    assert heard.findings == ["C3", "C3"]
    remote = Remote(reply(200, {"access_token": "T"}), reply(200), reply(200))
    way.blink(remote, lambda client: client.orders.sync_status("1", 4, comment="too far"), rejection="closed today")
    assert remote.body(1)["comment"] == "too far"
    remote = Remote(reply(200, {"access_token": "T"}), reply(200))
    way.blink(remote, lambda client: client.orders.sync_status("1", 1))
    assert remote.body(1) == {"blink_order_id": "1", "status": 1}
    assert heard.findings == ["C3", "C3"]


def test_an_empty_comment_cannot_be_the_default() -> None:
    with pytest.raises(BadSettingsError, match="comment"):
        Blink("u", KEY, rejection=" ")


def test_an_order_whose_amounts_do_not_come_to_its_total_is_remarked_on(heard: Heard) -> None:
    fine = order(subtotal="10", tax=1, delivery_charges="2", total_discount_amount=3, total_price="10.00")
    assert "price_difference" not in fine.event.data
    assert "price_difference" not in order(total_price=5).event.data
    assert "price_difference" not in order(subtotal=5).event.data
    assert heard.findings == []
    assert order(subtotal="10", wallet_amount=0.5, total_price="9").event.data["price_difference"] == "-0.5"
    assert heard.findings == ["C12"]


def test_a_due_time_without_a_zone_is_remarked_on_where_none_is_configured(heard: Heard) -> None:
    assert order(due_at="2024-06-26 09:26:04").event.data["due_at"] == "2024-06-26T09:26:04+00:00"
    order(zone=None, due_at="2024-06-26T09:26:04+05:00")
    assert heard.findings == []
    assert order(zone=None, due_at="2024-06-26 09:26:04").event.data["due_at"] == "2024-06-26T04:26:04+00:00"
    assert heard.findings == ["C13"]


def branch(**told: object) -> Branch:
    return Branch.model_validate(told)


def test_an_order_of_a_branch_in_no_map_is_parked_and_of_another_one_it_has_your_id(heard: Heard) -> None:
    branches = branch_map([branch(id=63, blink_id=60001), branch(id=64, blink_id=60002), branch(id=65)], {"63": "clifton"})
    assert branches == {"63": "clifton", "60001": "clifton", "clifton": "clifton", "64": "64", "60002": "64", "65": "65"}
    for told in ({"branch_id": "clifton"}, {"branch_id": 63}, {"branch_id": "pos-1", "blink_branch_id": 60001}):
        arrival = order(branches=branches, **told)
        assert (arrival.kind, arrival.key, arrival.event.data["branch_id"]) == ("order", "1", "clifton")
    assert heard.findings == []
    parked = order(branches=branches, branch_id="12345")
    assert (parked.kind, parked.key, parked.remote_id) == (None, None, "1")
    assert "branch_id" not in parked.event.data
    assert heard.findings == ["C7"]
    assert parked.external_id.startswith("unmapped/order/1/")
    assert order(branches={"12345": "new"}, branch_id="12345").external_id == parked.external_id.removeprefix("unmapped/")
    assert order(branches={}).kind is None


def test_an_id_that_two_branches_share_is_in_no_map(heard: Heard) -> None:
    assert branch_map([branch(id=1, blink_id=2), branch(id=2, blink_id=3)]) == {"1": "1", "3": "2"}
    assert heard.findings == ["C7"]


def test_without_a_map_an_order_is_believed() -> None:
    assert order(branch_id="2", blink_branch_id=40127).event.data["branch_id"] == "2"
    assert order(blink_branch_id=40127).event.data["branch_id"] == "40127"
    assert "branch_id" not in order().event.data


# --- Logistics ------------------------------------------------------------------------------------------------------------


def test_cancelling_tells_whoever_does_it_by_hand_and_raises() -> None:
    told: list[str] = []
    for client in (
        Logistics(KEY, transport=Remote().transport, by_hand=told.append),
        AsyncLogistics(KEY, transport=Remote().transport, by_hand=told.append),
    ):
        with pytest.raises(NotSupportedRemotelyError, match=r"'T-1'.*was told"):
            client.cancel("T-1")
    assert told == ["T-1", "T-1"]
    with Logistics(KEY, transport=Remote().transport) as alone, pytest.raises(NotSupportedRemotelyError, match="nobody was told"):
        alone.cancel("T-1")
