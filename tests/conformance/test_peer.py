"""The fuzzer that the kit is compared with: it is given a fair chance, and it counts nothing that a right server does too."""

from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from typing import Any

import pytest
from parts.faulty import FAULTS
from parts.peer import LEFT_OUT, one_path_each, peer

from parcelflow.simulator.openapi import APIS, document

SECONDS = 4


@pytest.mark.parametrize("api", APIS)
def test_the_peer_asks_for_each_operation_by_one_path(api: str) -> None:
    def names(known: Mapping[str, Any]) -> list[str]:
        return [operation["x-operation"] for methods in known["paths"].values() for operation in methods.values()]

    found = names(one_path_each(api))
    assert len(found) == len(set(found))
    assert set(found) == {name for name in names(document(api)) if name.split(".")[1] not in LEFT_OUT}


@pytest.mark.soak
def test_the_peer_finds_an_error_and_nothing_where_nothing_is_wrong() -> None:
    fault = next(fault for fault in FAULTS if fault.name == "an_unknown_key_is_an_error")
    same = fault.model_copy(update={"now": fault.was})

    # In a process of its own: the fuzzer keeps a thread and its sockets until the process ends.
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        wrong, right = pool.map(partial(peer, budget=SECONDS), (fault, same))
    assert wrong.found
    assert not right.found
