"""What an editor completes: the types of methods on a blocking and on an awaiting client, held by the type checker."""

from collections.abc import AsyncIterator, Iterator
from typing import assert_type

import anyio

from parcelflow.adapters.bloqit.client import AsyncBloqit, Bloqit
from parcelflow.adapters.bloqit.wire import Bloq, Customer, Locker, Rent
from parcelflow.adapters.page import Page
from parcelflow.adapters.sender import DEFAULT_TIMEOUTS, AsyncSender, Sender

from .fakes import KEY, Remote, reply

RENT = {"_id": "R", "customer": {"_id": "C", "name": "A"}, "locker": "L"}


def test_a_blocking_client_answers_what_it_was_asked_for() -> None:
    remote = Remote(reply(200, RENT), reply(200, [{"_id": "L"}]), reply(200, {}))
    with Bloqit(KEY, transport=remote.transport) as client:
        rent = assert_type(client.rents.get("R"), Rent)
        somebody = assert_type(rent.customer.embedded, Customer | None)
        assert somebody is not None
        assert (somebody.name, rent.locker.id, rent.locker.embedded) == ("A", "L", None)
        assert assert_type(client.bloqs.free_lockers("B"), Page[Locker]).docs[0].id == "L"
        assert list(assert_type(client.bloqs.list(), Iterator[Bloq])) == []


def test_an_awaiting_client_answers_it_when_it_is_awaited() -> None:
    remote = Remote(reply(200, RENT), reply(200, {}))

    async def both() -> None:
        async with AsyncBloqit(KEY, transport=remote.transport) as client:
            rent = assert_type(await client.rents.get("R"), Rent)
            assert rent.id == "R"
            bloqs = assert_type(client.bloqs.list(), AsyncIterator[Bloq])
            assert [bloq async for bloq in bloqs] == []

    anyio.run(both)


def test_both_senders_limit_every_phase_and_keep_their_connections() -> None:
    async def closed(sender: AsyncSender) -> None:
        await sender.close()

    blocking, awaiting = Sender("https://a.example"), AsyncSender("https://a.example")
    for client in (blocking._client, awaiting._client):  # pyright: ignore[reportPrivateUsage] - as in test_sender
        assert client.timeout == DEFAULT_TIMEOUTS
        assert None not in client.timeout.as_dict().values()
        assert not client.follow_redirects
    blocking.close()
    anyio.run(closed, awaiting)
