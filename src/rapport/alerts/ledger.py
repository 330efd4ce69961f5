"""Which failures were mailed: one cause in one run of a DAG makes one mail."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from rapport import clock, log
from rapport.settings import Settings

if TYPE_CHECKING:
    from rapport.alerts import Failure

# A failure whose mail was begun and not finished by then was told by nobody: its process is gone.
_GIVEN_UP = timedelta(minutes=15)


def first_time(settings: Settings, failure: Failure) -> bool:
    """Enter the failure in the mail ledger; False when it stands there already."""
    if not failure.once_key:
        return True
    import sqlalchemy as sa  # this module is imported while DAG files are parsed

    from rapport.state import store, tables

    row = {
        "message_id": failure.message_id,
        "kind": "alert",
        "report": "alert",
        "period": failure.code,
        "recipient": ", ".join(settings.company.alerts.recipients),
        "status": "claimed",
        "first_at": clock.iso(clock.now()),
        "updated_at": clock.iso(clock.now()),
    }
    ledger = tables.mail_ledger
    abandoned = sa.update(ledger).where(
        ledger.c.message_id == failure.message_id,
        ledger.c.status == "claimed",
        ledger.c.updated_at < clock.iso(clock.now() - _GIVEN_UP),
    )
    try:
        state = store.open(settings)
        try:
            with state.begin() as connection:
                connection.execute(sa.insert(ledger).values(**row))
        except sa.exc.IntegrityError:
            with state.begin() as connection:
                taken_over = connection.execute(abandoned.values(updated_at=row["updated_at"]))
            return bool(taken_over.rowcount)
    except Exception as error:  # a mail too many is better than none when the store is the trouble
        log.get().warning("alert-ledger", error=str(error))
    return True


def told(settings: Settings, failure: Failure) -> None:
    """Note that the mail is out; a store that is the trouble itself must not send it twice."""
    import sqlalchemy as sa

    from rapport.state import store, tables

    ledger = tables.mail_ledger
    with suppress(Exception), store.open(settings).begin() as connection:
        mine = sa.update(ledger).where(ledger.c.message_id == failure.message_id)
        connection.execute(mine.values(status="sent", updated_at=clock.iso(clock.now())))


def forget(settings: Settings, failure: Failure) -> None:
    """Take a mail that was not sent out of the ledger, so that the next failure tries again."""
    import sqlalchemy as sa

    from rapport.state import store, tables

    ledger = tables.mail_ledger
    # Why the mail was not sent is what the log must say, even where the store is down as well.
    with suppress(Exception), store.open(settings).begin() as connection:
        connection.execute(sa.delete(ledger).where(ledger.c.message_id == failure.message_id))
