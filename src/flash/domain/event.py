"""Events: what partners' systems are told of every step of a payment, exactly as it was at that moment."""

import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from flash.domain.transfer import MEANINGS, Step, Transfer

TOLERANCE = timedelta(minutes=5)
"""How old a signature may be before whoever gets it should not believe it any more."""
LONGEST_MOMENT = 12
"""Digits of a moment in seconds."""
LAST_DIGITS = 3
"""Of a number: enough to tell apart whom one knows, too few to call anybody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One step of a transfer, as it is told.

    Attributes:
        id: derived from the transfer and the number of its step, so that no event can exist twice.
        sequence: 1, 2, 3 ... within the transfer, without holes.
        link_id: the payment link that the transfer pays, if any: whose it is decides who hears of it.
        body: JSON, written once and never changed.
    """

    id: UUID
    transfer_id: UUID
    link_id: UUID | None
    sequence: int
    at: datetime
    body: str


def events_of(transfer: Transfer, steps: Sequence[Step]) -> tuple[Event, ...]:
    """Return the events that tell these steps of a transfer, with the transfer as it is now."""
    return tuple(_event(transfer, step) for step in steps)


def _event(transfer: Transfer, step: Step) -> Event:
    event_id = uuid5(transfer.id, f"event {step.number}")
    meaning = MEANINGS[step.after]
    told = {
        "id": str(event_id),
        "type": f"transfer.{step.after.value}" if step.before is not step.after else f"transfer.{step.note}",
        "occurred_at": step.at.isoformat().replace("+00:00", "Z"),
        "transfer_id": str(transfer.id),
        "reference_id": transfer.number,
        "sequence": step.number,
        "previous_state": step.before.value if step.before else None,
        "state": step.after.value,
        "status": meaning.status,
        "final": meaning.final,
        "where": meaning.where,
        "amount": str(transfer.amount),
        "fee": str(transfer.fee),
        "currency": transfer.amount.currency.code,
        "reason": transfer.reason.value if transfer.reason else None,
        "payer_last_digits": transfer.payer.e164[-LAST_DIGITS:],
        "payee_last_digits": transfer.payee.e164[-LAST_DIGITS:],
        "payment_request_id": str(transfer.link_id) if transfer.link_id else None,
    }
    return Event(
        id=event_id,
        transfer_id=transfer.id,
        link_id=transfer.link_id,
        sequence=step.number,
        at=step.at,
        body=json.dumps(told, separators=(",", ":")),
    )


def signature(body: bytes, secrets: Sequence[str], now: datetime) -> str:
    """Return the header `Flash-Signature` of a body: when, and an HMAC-SHA256 with each key that is live."""
    moment = int(now.timestamp())
    return ",".join([f"t={moment}", *(f"v1={_hmac(secret, moment, body)}" for secret in secrets)])


def is_genuine(header: str, body: bytes, secret: str, now: datetime) -> bool:
    """Whether a body is from Flash, fresh and unchanged. This is what whoever gets events does (docs/events.md)."""
    parts = [part.partition("=") for part in header.split(",")]
    moments = [text for name, _, text in parts if name == "t" and text.isascii() and text.isdigit()]
    if len(moments) != 1 or len(moments[0]) > LONGEST_MOMENT:
        return False
    moment = int(moments[0])
    if abs(now.timestamp() - moment) > TOLERANCE.total_seconds():
        return False
    right = _hmac(secret, moment, body)
    return any(hmac.compare_digest(text.encode(), right.encode()) for name, _, text in parts if name == "v1")


def _hmac(secret: str, moment: int, body: bytes) -> str:
    return hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
