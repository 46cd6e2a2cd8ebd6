"""Everything about one transfer, as lines for people."""

import re
from collections.abc import Iterator
from datetime import datetime

from flash.domain.callback import Callback
from flash.domain.progress import Patience
from flash.domain.whereabouts import Whereabouts, whereabouts
from flash.ports.store import File


def told(file: File, now: datetime, patience: Patience) -> Iterator[str]:
    """Yield where the money is, the story, legs, evidence and journal; numbers of people are masked."""
    transfer = file.dossier.transfer
    yield f"{transfer.number}  {transfer.id}"
    yield f"{transfer.amount.spoken} and {transfer.fee.spoken} fee, {transfer.payer.masked} to {transfer.payee.masked}"
    yield f"{transfer.state}: the money is {_place(whereabouts(transfer, now, patience))}"
    if transfer.due_at:
        yield f"looked at again at {transfer.due_at:%Y-%m-%d %H:%M:%S} UTC"
    yield "steps"
    for step in file.dossier.steps:
        yield f"  {step.number:2} {step.at:%H:%M:%S.%f} {step.after:<10} {step.note}"
    yield "legs"
    for leg in transfer.legs:
        yield f"  {leg.reference} {leg.kind:<12} {leg.operator:<6} {leg.amount} {leg.state} {leg.reason or ''}".rstrip()
    yield "evidence"
    for reference, kept, meaning in file.evidence:
        yield f"  {kept.at:%H:%M:%S.%f} {str(reference)[:8]} {kept.source:<12} {meaning:<8} {_masked(kept.body)!r}"
    yield from ("callbacks", *(f"  {_called(callback)}" for callback in file.callbacks)) if file.callbacks else ()
    yield "journal"
    for posting in file.dossier.postings:
        yield f"  {posting.account:<24} {posting.amount!s:>12}"
    for case in file.cases:
        yield f"case: {case.cause}, {case.detail}"


def _place(money: Whereabouts) -> str:
    """Return where the money is, and what is known of the doubt."""
    if money.certain:
        return money.place
    if money.doubt_ends_at is None:
        return f"{money.place}; a person decides"
    return f"{money.place}; by {money.doubt_ends_at:%Y-%m-%d %H:%M:%S} UTC it is known, or a person decides"


def _called(callback: Callback) -> str:
    return f"{callback.received_at:%H:%M:%S.%f} {callback.method} from {callback.source}, {len(callback.body)} bytes"


def _masked(body: str) -> str:
    """Return the beginning of an operator's answer without the numbers that may belong to people."""
    return re.sub(r"\d(?=\d{3})", "*", body)[:80]
