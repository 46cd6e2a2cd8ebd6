"""Prove over everything stored that the money adds up."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from uuid import UUID

from flash.domain.audit import differences
from flash.domain.transfer import State
from flash.ports.store import UnitOfWork

PAGE = 200


def audit(*, unit_of_work: UnitOfWork) -> Iterator[str]:
    """Yield a line for each difference between what is stored and what must be true.

    The unit of work has to see one snapshot, or payments under way would look like differences.
    """
    reserved: Counter[tuple[UUID, date]] = Counter()
    with unit_of_work() as store:
        after: UUID | None = None
        while page := store.transfers.dossiers(after=after, limit=PAGE):
            for dossier in page:
                transfer = dossier.transfer
                yield from (f"{transfer.number}: {line}" for line in differences(dossier))
                if not transfer.final or transfer.state is State.COMPLETED:
                    reserved[transfer.payer_id, transfer.limit_day] += transfer.amount.minor
            after = page[-1].transfer.id
        yield from (
            f"{number}: it and the transfer that is to pay it do not agree" for number in store.requests.astray()
        )
        for account_id, day, used in store.day_limits.all_used():
            if used != reserved[account_id, day]:
                expected = reserved[account_id, day]
                yield f"account {account_id}: {used} reserved on {day} where its transfers hold {expected}"
