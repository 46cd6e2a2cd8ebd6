"""What MTN's answers mean: HTTP status and bytes in, our words out (facts/momo_api.md A4 to A9, payments.md section 4).

Pure, so that every documented oddity is one row of a test.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from flash.adapters.http import (
    Answer,
    NoToken,
    Reading,
    Silence,
    Token,
    balance_in,
    is_header_text,
    json_object,
    money_in,
    object_in,
    text_in,
    token_in,
)
from flash.domain.errors import BadMsisdn
from flash.domain.leg import Kind, Leg
from flash.domain.money import CURRENCIES, ZMW, Currency, Money
from flash.domain.msisdn import Msisdn, parse_msisdn
from flash.domain.outcome import Declined, Evidence, Outcome, Reason, Settled, Source, Unknown, Unseen, Waiting

NO_JSON = "the answer is not JSON"

COLLECTION_REASONS: Mapping[str, Reason] = {
    "PAYER_NOT_FOUND": Reason.PAYER_NOT_FOUND,
    "PAYER_LIMIT_REACHED": Reason.PAYER_LIMIT_REACHED,
    "NOT_ENOUGH_FUNDS": Reason.NOT_ENOUGH_FUNDS,
    # MTN's word for nearly everything, and mostly for too little money (A7); the text for people says "probably".
    "INTERNAL_PROCESSING_ERROR": Reason.NOT_ENOUGH_FUNDS,
    "APPROVAL_REJECTED": Reason.PAYER_REFUSED,
    "PAYMENT_NOT_APPROVED": Reason.PAYER_REFUSED,
    "TRANSACTION_CANCELED": Reason.PAYER_REFUSED,
    "EXPIRED": Reason.PROMPT_EXPIRED,
    # The other word for five minutes without an approval (A6).
    "COULD_NOT_PERFORM_TRANSACTION": Reason.PROMPT_EXPIRED,
    "SERVICE_UNAVAILABLE": Reason.OPERATOR_UNAVAILABLE,
}
"""Why a collection failed, as far as it is about the payer. The payee of a collection is us."""

PAYOUT_REASONS: Mapping[str, Reason] = {
    "PAYEE_NOT_FOUND": Reason.PAYEE_NOT_FOUND,
    "PAYEE_LIMIT_REACHED": Reason.PAYEE_LIMIT_REACHED,
    "PAYEE_NOT_ALLOWED_TO_RECEIVE": Reason.PAYEE_NOT_ALLOWED,
    "NOT_ENOUGH_FUNDS": Reason.FLOAT_TOO_LOW,
    "PAYER_LIMIT_REACHED": Reason.FLOAT_TOO_LOW,
    "SERVICE_UNAVAILABLE": Reason.OPERATOR_UNAVAILABLE,
}
"""Why a disbursement or refund failed, as far as it is about the payee. The payer of a payout is us."""

FLOAT_ALARMS: Mapping[str, str] = {
    "NOT_ENOUGH_FUNDS": "the payout float at MTN is too low: top it up",
    "PAYER_LIMIT_REACHED": "our payout wallet at MTN has reached a limit: ask MTN to raise it",
}

CONFIGURATION_ALARMS: Mapping[str, str] = {
    "NOT_ALLOWED": "MTN does not allow our API user to do this: ask MTN for the permission",
    "NOT_ALLOWED_TARGET_ENVIRONMENT": "MTN refuses the environment: mend mtn.*.target_env (mtnzambia, or sandbox)",
    "INVALID_CALLBACK_URL_HOST": "MTN refuses the callback host: mtn.callback_base must have the registered one",
    "INVALID_CURRENCY": "MTN refuses the currency: mend mtn.currency (ZMW; the sandbox takes EUR only)",
    "SENDER_ACCOUNT_NOT_ACTIVE": "our wallet at MTN is not active: ask MTN to activate it",
    "VALIDATION_ERROR": "MTN finds our order malformed: this is a mistake in Flash",
    "TRANSFER_TYPE_UNKNOWN": "MTN does not know this kind of transfer: this is a mistake in Flash",
    # On the side that is us; on the person's side they are in the tables of reasons.
    "PAYER_NOT_FOUND": "MTN does not know our payout wallet: ask MTN",
    "PAYEE_NOT_FOUND": "MTN does not know our collection wallet: ask MTN",
    "PAYEE_LIMIT_REACHED": "our collection wallet at MTN has reached a limit: empty it, or ask MTN to raise it",
    "PAYEE_NOT_ALLOWED_TO_RECEIVE": "our collection wallet at MTN may not receive: ask MTN",
}
"""Codes that no payer or payee can do anything about: what the people who run Flash have to mend."""

UMBRELLA = "LOW_BALANCE_OR_PAYEE_LIMIT_REACHED_OR_NOT_ALLOWED"
"""Says which three things it may be, and not which it is (A7)."""

REFUSES_AN_ORDER = frozenset({"NOT_ENOUGH_FUNDS", "PAYER_LIMIT_REACHED", UMBRELLA, *CONFIGURATION_ALARMS})
"""Codes that, as the answer to an order, prove that nothing was created (A7)."""

OWN_ANSWERS = frozenset({400, 403, 404, 500})
"""HTTP statuses with which MTN itself refuses an order; from any other, a code proves nothing."""

KEY_REFUSED = NoToken("the subscription key was refused", "check primary_key and sub_key of this product")
USER_REFUSED = NoToken("the user or its key was refused", "check user_id and api_key of this product")

_NAMES_THE_KEY = re.compile(rb"subscription[ _-]?key", re.IGNORECASE)


def read_order(answer: Answer, kind: Kind, at: datetime) -> Reading:
    """Return what the answer to an order means. It never proves a success."""
    evidence = answer.evidence(at, Source.SUBMIT)
    if answer.status == 202:
        return Reading(Waiting(evidence))
    code = _code(json_object(answer.body) or {})
    if not _refuses(answer.status, code):
        used = answer.status == 409  # Which only MTN itself can know.
        return Reading(Unknown(evidence, _doubt(answer.status, code), healthy=used), _alarm_of(answer.status))
    if code in REFUSES_AN_ORDER:
        reason, alarm = meaning(code, kind)
        return Reading(Declined(evidence, reason), alarm)
    alarm = _alarm_of(answer.status) or "MTN finds our order malformed (HTTP 400): this is a mistake in Flash"
    return Reading(Declined(evidence, Reason.ORDER_REFUSED), alarm)


def read_query(answer: Answer, leg: Leg, currency: Currency, at: datetime) -> Reading:
    """Return what the answer to a question about a leg means.

    Args:
        answer: what MTN answered.
        leg: the one we asked about.
        currency: what the order was sent in; in the sandbox it stands for the leg's.
        at: when we had it.
    """
    evidence = answer.evidence(at, Source.STATUS_QUERY)
    if answer.status == 404 and not _is_gateways(answer):
        return Reading(Unseen(evidence))
    if answer.status != 200:
        return Reading(Unknown(evidence, f"HTTP {answer.status}"), _alarm_of(answer.status))
    told = json_object(answer.body)
    if told is None:
        return Reading(Unknown(evidence, NO_JSON))
    evidence = replace(evidence, amount=_amount(told, leg, currency), party=_party(told, leg.kind))
    word = text_in(told, "status").upper()
    if word == "FAILED":
        reason, alarm = meaning(_reason(told), leg.kind)
        return Reading(Declined(evidence, reason), alarm)
    if word in ("", "PENDING", "SUCCESSFUL"):
        return Reading(_without_failure(word, told, leg, evidence))
    return Reading(Waiting(evidence), f"MTN knows a status that Flash does not: {_tame(word)}")


def _without_failure(word: str, told: Mapping[str, Any], leg: Leg, evidence: Evidence) -> Outcome:
    if word == "PENDING":
        return Waiting(evidence)
    if not word:
        return Unknown(evidence, "the answer has no status", healthy=True)
    if evidence.amount is None:
        return Unknown(evidence, "successful, but of an amount that cannot be read", healthy=True)
    return Settled(evidence, _operator_id(told, leg))


def read_token(reply: Answer | Silence) -> Token | NoToken:
    """Return the token in the answer to a sign-in, or why there is none (A2, A4)."""
    if isinstance(reply, Silence):
        return NoToken(reply.word, reached=False)
    told = json_object(reply.body) or {}
    if reply.status == 200:
        return token_in(told) or NoToken("the answer to the sign-in holds no token")
    return _not_signed_in(reply, text_in(told, "error"))


def _not_signed_in(answer: Answer, error: str) -> NoToken:
    if names_the_key(answer):
        return KEY_REFUSED
    if answer.status == 401 or error in ("login_failed", "invalid_client"):
        return USER_REFUSED
    if "X-Target-Environment" in error:
        return NoToken("the target environment was refused", "check target_env of this product")
    if answer.status == 403:
        return NoToken("MTN's gateway refuses us", "ask MTN to put this server's address on the whitelist")
    return NoToken(f"HTTP {answer.status}")


def names_the_key(answer: Answer) -> bool:
    """Whether the gateway refuses the subscription key, and not the user behind it."""
    return answer.status == 401 and _NAMES_THE_KEY.search(answer.body) is not None


def read_active(answer: Answer) -> bool | None:
    """Return whether a wallet is active; None when MTN does not say (A9)."""
    if answer.status == 404:
        return None if _is_gateways(answer) else False
    result = (json_object(answer.body) or {}).get("result")
    return result if answer.status == 200 and isinstance(result, bool) else None


def _is_gateways(answer: Answer) -> bool:
    """Whether a page or {"statusCode": 404} is the gateway speaking, which knows paths, and no wallets or orders."""
    told = json_object(answer.body)
    return bool(answer.body.strip()) and (told is None or "statusCode" in told)


def read_holder(answer: Answer) -> str:
    """Return whose wallet it is; empty when MTN does not say (A9)."""
    told = (json_object(answer.body) or {}) if answer.status == 200 else {}
    names = (text_in(told, "given_name"), text_in(told, "family_name"))
    return (text_in(told, "name") or " ".join(filter(None, names)))[:100]


def read_balance(answer: Answer, currency: Currency) -> Money | None:
    """Return the float; None when MTN does not say. It is compared with amounts of transfers, so it is in kwacha."""
    told = (json_object(answer.body) or {}) if answer.status == 200 else {}
    if text_in(told, "currency").upper() != currency.code:
        return None
    return balance_in(told.get("availableBalance"), ZMW)


def meaning(code: str, kind: Kind) -> tuple[Reason, str]:
    """Return what a code means for a kind of leg, and the alarm for it; the same code means different things (A10)."""
    payout = kind is not Kind.COLLECTION
    reason = (PAYOUT_REASONS if payout else COLLECTION_REASONS).get(code)
    if reason is not None:
        return reason, FLOAT_ALARMS.get(code, "") if payout else ""
    if code in CONFIGURATION_ALARMS:
        return Reason.ORDER_REFUSED, CONFIGURATION_ALARMS[code]
    return Reason.OTHER, ""


def error_code(answer: Answer) -> str:
    """Return the code of an error answer; empty when there is none."""
    return _code(json_object(answer.body) or {})


def refuses_callback_host(answer: Answer) -> bool:
    """Whether an order was refused for the address that MTN should call, and for nothing else."""
    return answer.status in OWN_ANSWERS and error_code(answer) == "INVALID_CALLBACK_URL_HOST"


def _refuses(status: int, code: str) -> bool:
    """Whether an answer to an order proves that nothing was created."""
    return status in OWN_ANSWERS and (code in REFUSES_AN_ORDER or (status in (400, 403) and not code))


def _doubt(status: int, code: str) -> str:
    if status == 409:
        return "the reference was used already"
    if status == 200:
        return "HTTP 200 instead of 202"
    return f"HTTP {status} {_tame(code)}".strip()


def _alarm_of(status: int) -> str:
    """Return what to mend when MTN refuses us, whatever we ask."""
    return {
        401: "MTN refuses our token although it is new: check the credentials with `flash doctor mtn`",
        403: "MTN forbids our calls (HTTP 403): ask MTN to put this server's address on the whitelist",
    }.get(status, "")


def _code(told: Mapping[str, Any]) -> str:
    # Remittance ends a code with a full stop, and spellings of "cancelled" differ (A7).
    return text_in(told, "code").upper().rstrip(".").replace("CANCELLED", "CANCELED")


def _reason(told: Mapping[str, Any]) -> str:
    """Return the code of a failure: an object in the documents, bare text in practice, or absent (A6)."""
    return _code(object_in(told, "reason")) or _code({"code": told.get("reason")})


def _amount(told: Mapping[str, Any], leg: Leg, sent_in: Currency) -> Money | None:
    """Return the amount told: in the leg's currency when it is what we sent; None when it cannot be read."""
    code = text_in(told, "currency").upper()
    if code == sent_in.code:
        return money_in(told.get("amount"), leg.amount.currency)
    other = CURRENCIES.get(code)
    # Where another currency stands for the leg's, the leg's own in an answer would pass for the same money.
    return money_in(told.get("amount"), other) if other is not None and other != leg.amount.currency else None


def _party(told: Mapping[str, Any], kind: Kind) -> Msisdn | None:
    """Return whom the answer names. A number of elsewhere is kept too, so that it is seen to be another."""
    party = object_in(told, "payer" if kind is Kind.COLLECTION else "payee")
    if text_in(party, "partyIdType").upper() not in ("MSISDN", ""):
        return None
    number = text_in(party, "partyId").removeprefix("+")
    try:
        return parse_msisdn(number)
    except BadMsisdn:
        known = number.isascii() and number.isdigit() and len(number) <= 15
        return Msisdn(f"+{number}") if known else None


def _operator_id(told: Mapping[str, Any], leg: Leg) -> str:
    """Return MTN's id of what it did.

    A success without one was seen (A6), and money that moved is not doubted for that: our reference, which MTN knows
    too, then stands in its place.
    """
    told_id = text_in(told, "financialTransactionId")
    return told_id if is_header_text(told_id) else str(leg.reference)


def _tame(word: str) -> str:
    """Return a word that MTN sent, if it is one, for our log."""
    return word if re.fullmatch(r"[A-Za-z_.]{1,60}", word) else "(unreadable)" if word else ""
