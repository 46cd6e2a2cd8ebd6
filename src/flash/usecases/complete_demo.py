"""Bring one payment of a demo to its end at once, because somebody waits for it."""

from flash.domain.account import Account
from flash.domain.errors import NotFound
from flash.domain.transfer import Transfer
from flash.trail import about, piece_of_work
from flash.usecases.advance_transfer import STEPS_AT_ONCE, Engine, advance_transfer


def complete_demo(name: str, account: Account, *, engine: Engine) -> Transfer:
    """Take the account's own transfer as far as it goes, named by id or number. Safe beside workers, and to do twice.

    Args:
        name: id or number.
        account: the payer.
        engine: with operators that say yes to everything; of a demo, in which no money moves.

    Raises:
        NotFound: there is none, or it is not theirs.
    """
    with engine.unit_of_work() as store:
        row = store.transfers.history_row(account, name)
    if not row.sent:
        raise NotFound
    about(row.number)
    with piece_of_work():  # It belongs to the request that ordered the payment, and not to this one.
        for _ in range(STEPS_AT_ONCE):
            with engine.unit_of_work() as store:
                transfer = store.transfers.get(row.id)
                store.transfers.hint(row.id, engine.clock.now())
            if transfer.due_at is None:
                break
            advance_transfer(row.id, engine)
    with engine.unit_of_work() as store:
        return store.transfers.get(row.id)
