"""Conformance of Blink's orders: the law, the stories, the checks and the words, in one function.

May not judge. Non-obvious choice: without the hook `place_order` there is no order to test, since customers place them and no
endpoint does; what is left then are the checks of unknown orders and of tokens, and the report says so.
"""

from collections.abc import Callable

from .bearer import Bearing, LoggedIn
from .bench import Bench, Record, unique
from .hooks import Hooks
from .kit import KindReport, Options, Told, nobody
from .order_checks import CHECKS
from .order_law import APP, MUTE, PLACES, STATUSES, STORIES, Orders, rows, rule, token_of
from .readings import Readings
from .subjects import Law, Runs
from .tried import Plan, tried


def conformance_of(
    driver: Bearing,
    options: Options = Options(),  # noqa: B008 - frozen
    *,
    login: tuple[str, str],
    hooks: Hooks = Hooks(),  # noqa: B008 - frozen
    told: Told = nobody,
    record: Callable[[Record], None] | None = None,
) -> KindReport:
    """Try everything on the orders of a server.

    Args:
        driver: The server; it is entered with a token that this gets for itself, and again when that is no longer taken.
        options: What is tried; of `kinds` nothing is read.
        login: User name and password.
        hooks: The server's test hooks: `place_order`, `order_status`, `order_webhooks`, `settle`.
        told: Told how far it is.
        record: Told every request.

    Raises:
        BadSettingsError: Blink lets nobody in by this user name and password.
        InfrastructureError: It does not answer at all.
    """
    bench = Bench(LoggedIn(driver, lambda one: token_of(one, *login)), hooks, budget=options.budget, told=record)
    by_hand = tuple(APP) if hooks.has("order_status") else ()
    inputs = (*PLACES, *STATUSES, MUTE, *by_hand) if hooks.has("place_order") else ()
    missing = {} if by_hand else dict.fromkeys(APP, "no hook order_status")
    missing |= {} if inputs else dict.fromkeys((*PLACES, *STATUSES, MUTE), "no hook place_order")
    runs = Runs(bench, Law("order", Readings(strict=options.strict), inputs, rule), Orders(bench), prefix=unique(options.prefix))
    every = tuple(dict.fromkeys(row.id for found in rows().values() for row in found))
    return tried(runs, options, Plan(stories=STORIES, checks=CHECKS, missing=missing, every_row=every), told=told)
