"""The payer changes their mind."""

from flash.domain.account import Account
from flash.domain.errors import Conflict, NotFound, StaleWrite
from flash.domain.progress import cancelled
from flash.domain.transfer import Transfer
from flash.ports.clock import Clock
from flash.ports.store import Store
from flash.trail import about

TRIES = 5
"""A transfer changes a few times a minute at most; losing five races in a row does not happen."""


def cancel_transfer(name: str, account: Account, *, store: Store, clock: Clock) -> Transfer:
    """Cancel the account's own transfer, named by id or number, or note the wish where that is all that is left.

    Raises:
        NotFound: there is none, or it is not theirs to cancel.
        TooLateToCancel: the payout was ordered, or the transfer has ended.
    """
    row = store.transfers.history_row(account, name)
    if not row.sent:
        raise NotFound
    about(row.number)
    for _ in range(TRIES):
        change = cancelled(store.transfers.get(row.id), clock.now())
        try:
            after = store.transfers.apply(change) if change.steps else change.transfer
        except StaleWrite:
            continue  # A worker moved it meanwhile: what can still be cancelled is read again.
        store.jobs.advance(row.id)
        return after
    raise Conflict("The payment is changing right now. Please try again.")
