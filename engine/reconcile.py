"""Reconciling: reading the remote's state although nothing was heard of a case.

May not call out nor decide; a look is a wish like any other, decided in its turn. Non-obvious choice: the next look is a
column of the case and not a timer. It moves with every step of every case, and a timer would be a row deleted and a row made.
"""

from datetime import datetime

from sqlalchemy import Text, bindparam, select, tuple_, update

from ..machines import Arrival, Cause, Event
from . import inbox
from .looks import LOOK, Looks
from .notices import LookWished
from .statements import Statement, said
from .store import CASE
from .tx import Tx

_DUE = said("look_at IS NOT NULL")
SILENT = Statement(
    select(CASE.c.kind, CASE.c.key, CASE.c.system, CASE.c.version, CASE.c.looks)
    .where(_DUE, CASE.c.look_at <= bindparam("now"))
    .order_by(CASE.c.look_at)
    .limit(bindparam("most"))
)
LOOKED = Statement(
    update(CASE)
    .where(CASE.c.kind == bindparam("of_kind", type_=Text), CASE.c.key == bindparam("of_key", type_=Text))
    .values(look_at=bindparam("look_at"), looks=bindparam("looks"))
)
FORWARD = Statement(
    update(CASE)
    .where(
        _DUE,
        CASE.c.look_at > bindparam("now"),
        tuple_(CASE.c.kind, CASE.c.key).in_(
            select(CASE.c.kind, CASE.c.key).where(_DUE).order_by(CASE.c.look_at).limit(bindparam("most"))
        ),
    )
    .values(look_at=bindparam("now"))
)
ALL = Statement(update(CASE).where(_DUE, CASE.c.look_at > bindparam("now")).values(look_at=bindparam("now")))

OF_BLOQ = Statement(
    update(CASE)
    .where(
        _DUE,
        CASE.c.look_at > bindparam("now"),
        CASE.c.system == bindparam("system", type_=Text),
        CASE.c.facts["bloq_id"].as_string() == bindparam("bloq_id", type_=Text),
    )
    .values(look_at=bindparam("now"))
)
"""What a bloq did while its line was down nobody told; it asks every unfinished case, and a bloq comes back seldom enough."""


def look_at_silent(tx: Tx, looks: Looks, now: datetime, *, most: int) -> int:
    """Wish for a look at each case that was silent for too long, `most` at most; how many were. Only whoever decides may."""
    if not looks.first:  # a database that looked once may be opened by an engine that does not
        return 0
    silent = tx.all(SILENT, {"now": now, "most": most})
    wishes = [
        _wish(kind, key, f"{kind}/{key}/{version}/{looked}", system=system, now=now)
        for kind, key, system, version, looked in silent
    ]
    tx.many(inbox.PUT, [inbox.row_of(wish, now) for wish in wishes])
    later = [
        {"of_kind": kind, "of_key": key, "look_at": now + looks.distance(looked + 1), "looks": looked + 1}
        for kind, key, _, _, looked in silent
    ]
    tx.many(LOOKED, later)
    tx.watch.later(tx.afterwards, LookWished, (LookWished(kind, key, looked + 1) for kind, key, _, _, looked in silent))
    return len(silent)


def bring_forward(tx: Tx, now: datetime, *, most: int | None) -> int:
    """Have `most` cases looked at now, those first whose look is next, or all of them; how many that moved."""
    return tx.run(ALL, {"now": now}) if most is None else tx.run(FORWARD, {"now": now, "most": most})


def _wish(kind: str, key: str, name: str, *, system: str, now: datetime) -> Arrival:
    event = Event(name=LOOK, at=now, by=Cause.TIMER, asked=True, evidence="nothing was heard of it for long")
    return Arrival(source=LOOK, external_id=name, system=system, event=event, raw=b"", kind=kind, key=key)
