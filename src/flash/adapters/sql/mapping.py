"""Transfers and what belongs to them, as rows and back; the test `what goes in comes out` keeps both honest."""

import json
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from flash.adapters.sql.tables import callbacks
from flash.domain.callback import Callback
from flash.domain.journal import Posting
from flash.domain.leg import Kind, Leg, LegState
from flash.domain.money import CURRENCIES, Money
from flash.domain.msisdn import Msisdn
from flash.domain.outcome import Evidence, Reason, Source
from flash.domain.routing import Operator
from flash.domain.transfer import Case, State, Step, Transfer


def transfer_values(transfer: Transfer) -> dict[str, Any]:
    """Return the columns of a transfer, except its version, which the statement that writes it decides."""
    return {
        "id": transfer.id,
        "number": transfer.number,
        "payer_id": transfer.payer_id,
        "payer": transfer.payer.e164,
        "payee": transfer.payee.e164,
        "payer_operator": transfer.payer_operator,
        "payee_operator": transfer.payee_operator,
        "currency": transfer.amount.currency.code,
        "amount_minor": transfer.amount.minor,
        "fee_minor": transfer.fee.minor,
        "description": transfer.description,
        "key": transfer.key,
        "fingerprint": transfer.fingerprint,
        "limit_day": transfer.limit_day,
        "state": transfer.state,
        "cancel_wanted": transfer.cancel_wanted,
        "reason": transfer.reason,
        "step_count": transfer.step_count,
        "created_at": transfer.created_at,
        "updated_at": transfer.updated_at,
        "due_at": transfer.due_at,
        "hinted": transfer.hinted,
        "payee_name": transfer.payee_name,
        "request_id": transfer.request_id,
        "link_id": transfer.link_id,
        "in_line": transfer.in_line,
        "traceparent": transfer.traceparent,
    }


def transfer_from(row: Row[Any], legs: tuple[Leg, ...]) -> Transfer:
    """Return the transfer in a row, with its legs."""
    currency = CURRENCIES[row.currency]
    return Transfer(
        id=row.id,
        number=row.number,
        payer_id=row.payer_id,
        payer=Msisdn(row.payer),
        payee=Msisdn(row.payee),
        payer_operator=Operator(row.payer_operator),
        payee_operator=Operator(row.payee_operator),
        amount=Money(row.amount_minor, currency),
        fee=Money(row.fee_minor, currency),
        description=row.description,
        key=row.key,
        fingerprint=row.fingerprint,
        limit_day=row.limit_day,
        created_at=row.created_at,
        updated_at=row.updated_at,
        due_at=row.due_at,
        legs=legs,
        state=State(row.state),
        cancel_wanted=row.cancel_wanted,
        reason=Reason(row.reason) if row.reason else None,
        step_count=row.step_count,
        hinted=row.hinted,
        payee_name=row.payee_name,
        request_id=row.request_id,
        link_id=row.link_id,
        in_line=row.in_line,
        traceparent=row.traceparent,
        version=row.version,
    )


def leg_values(transfer_id: UUID, position: int, leg: Leg) -> dict[str, Any]:
    """Return the columns of a leg."""
    return {
        "reference": leg.reference,
        "transfer_id": transfer_id,
        "position": position,
        "kind": leg.kind,
        "operator": leg.operator,
        "party": leg.party.e164,
        "currency": leg.amount.currency.code,
        "amount_minor": leg.amount.minor,
        "state": leg.state,
        "message": storable(leg.message),
        "platform": leg.platform,
        "callback_token": leg.callback_token,
        "refunds": leg.refunds,
        "refunds_operator_id": storable(leg.refunds_operator_id),
        "attempts": leg.attempts,
        "resend": leg.resend,
        "looks": leg.looks,
        "opened_at": leg.opened_at,
        "submitted_at": leg.submitted_at,
        "closed_at": leg.closed_at,
        "operator_id": storable(leg.operator_id),
        "reason": leg.reason,
        "last_word": storable(leg.last_word),
    }


def leg_from(row: Row[Any]) -> Leg:
    """Return the leg in a row."""
    return Leg(
        reference=row.reference,
        kind=Kind(row.kind),
        operator=Operator(row.operator),
        party=Msisdn(row.party),
        amount=Money(row.amount_minor, CURRENCIES[row.currency]),
        state=LegState(row.state),
        message=row.message,
        platform=row.platform,
        callback_token=row.callback_token,
        refunds=row.refunds,
        refunds_operator_id=row.refunds_operator_id,
        attempts=row.attempts,
        resend=row.resend,
        looks=row.looks,
        opened_at=row.opened_at,
        submitted_at=row.submitted_at,
        closed_at=row.closed_at,
        operator_id=row.operator_id,
        reason=Reason(row.reason) if row.reason else None,
        last_word=row.last_word,
    )


def step_values(transfer_id: UUID, step: Step) -> dict[str, Any]:
    """Return the columns of a step."""
    return {
        "transfer_id": transfer_id,
        "number": step.number,
        "at": step.at,
        "before": step.before,
        "after": step.after,
        "note": step.note,
    }


def step_from(row: Row[Any]) -> Step:
    """Return the step in a row."""
    return Step(row.number, row.at, State(row.before) if row.before else None, State(row.after), row.note)


def evidence_values(transfer_id: UUID, reference: UUID, evidence: Evidence, meaning: str) -> dict[str, Any]:
    """Return the columns of a kept answer."""
    return {
        "transfer_id": transfer_id,
        "reference": reference,
        "at": evidence.at,
        "source": evidence.source,
        "meaning": meaning,
        "http_status": evidence.http_status,
        "body": storable(evidence.body),
        "currency": evidence.amount.currency.code if evidence.amount else None,
        "amount_minor": evidence.amount.minor if evidence.amount else None,
        "party": evidence.party.e164 if evidence.party else None,
    }


def evidence_from(row: Row[Any]) -> tuple[UUID, Evidence, str]:
    """Return the leg's reference, the kept answer and its meaning."""
    evidence = Evidence(
        at=row.at,
        source=Source(row.source),
        body=row.body,
        http_status=row.http_status,
        amount=Money(row.amount_minor, CURRENCIES[row.currency]) if row.currency else None,
        party=Msisdn(row.party) if row.party else None,
    )
    return row.reference, evidence, row.meaning


def posting_values(transfer_id: UUID, posting: Posting) -> dict[str, Any]:
    """Return the columns of a posting."""
    return {
        "transfer_id": transfer_id,
        "reference": posting.reference,
        "account": posting.account,
        "currency": posting.amount.currency.code,
        "amount_minor": posting.amount.minor,
        "at": posting.at,
    }


def posting_from(row: Row[Any]) -> Posting:
    """Return the posting in a row."""
    return Posting(row.reference, row.account, Money(row.amount_minor, CURRENCIES[row.currency]), row.at)


def case_values(transfer_id: UUID, case: Case) -> dict[str, Any]:
    """Return the columns of a case."""
    return {
        "transfer_id": transfer_id,
        "reference": case.reference,
        "cause": case.cause,
        "detail": storable(case.detail),
        "opened_at": case.at,
    }


def case_from(row: Row[Any]) -> Case:
    """Return the case in a row."""
    return Case(row.cause, row.reference, row.opened_at, row.detail)


def callback_values(callback: Callback) -> dict[str, Any]:
    """Return the columns of a callback, as much as they take of what anybody may have sent."""
    return {
        "received_at": callback.received_at,
        "operator": fitting(callback.operator, callbacks.c.operator),
        "token": fitting(callback.token, callbacks.c.token),
        "method": callback.method,
        "source": fitting(callback.source, callbacks.c.source),
        "headers": json.dumps(callback.headers),
        "body": callback.body,
    }


def callback_from(row: Row[Any]) -> Callback:
    """Return the callback in a row."""
    return Callback(
        received_at=row.received_at,
        operator=row.operator,
        token=row.token,
        method=row.method,
        source=row.source,
        headers=tuple((name, text) for name, text in json.loads(row.headers)),
        body=bytes(row.body),
    )


def fitting(text: str, column: Any) -> str:
    """Return as much of a text as its column takes."""
    return str(storable(text))[: column.type.length]


def storable(text: str | None) -> str | None:
    """Return what an operator wrote so that it can be stored: PostgreSQL takes no NUL, and nobody half a character.

    An answer that could not be stored would be asked for again and again, and never reach a person.
    """
    if text is None:
        return None
    return text.replace("\x00", "\\x00").encode(errors="backslashreplace").decode()
