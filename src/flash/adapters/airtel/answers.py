"""What Airtel's answers mean: HTTP status and bytes in, our words out (facts/momo_api.md B, payments.md section 4).

Most of what went wrong comes as HTTP 200. So codes decide, and what a code does not prove is doubt. Pure, as MTN's.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from flash.adapters.airtel.crypto import rsa_key
from flash.adapters.airtel.orders import Order
from flash.adapters.http import (
    Answer,
    NoToken,
    Reading,
    Reply,
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
from flash.domain.money import ZMW, Money
from flash.domain.msisdn import Msisdn, parse_msisdn
from flash.domain.outcome import Declined, Evidence, Outcome, Reason, Settled, Source, Unknown, Unseen, Waiting
from flash.ports.provider import Wallet

COLLECTION_REASONS: Mapping[str, Reason] = {
    "DP00800001002": Reason.PAYER_REFUSED,
    "DP00800001003": Reason.PAYER_LIMIT_REACHED,
    "DP00800001004": Reason.ORDER_REFUSED,
    "DP00800001005": Reason.PROMPT_EXPIRED,
    "DP00800001007": Reason.NOT_ENOUGH_FUNDS,
    "DP00800001008": Reason.PAYER_REFUSED,
    "DP00800001009": Reason.OTHER,
    "DP00800001010": Reason.ORDER_REFUSED,
    "DP00800001026": Reason.ORDER_REFUSED,
    "DP00800001029": Reason.PROMPT_EXPIRED,
    "ESB000008": Reason.ORDER_REFUSED,
    "ESB000033": Reason.PAYER_NOT_FOUND,
    "ESB000036": Reason.PAYER_NOT_FOUND,
}
"""Codes after which a collection has not happened and will not, and why."""

PAYOUT_REASONS: Mapping[str, Reason] = {
    "DP00900001003": Reason.PAYEE_LIMIT_REACHED,
    "DP00900001004": Reason.ORDER_REFUSED,
    "DP00900001005": Reason.OTHER,
    "DP00900001007": Reason.FLOAT_TOO_LOW,
    "DP00900001009": Reason.ORDER_REFUSED,
    "DP00900001010": Reason.PAYEE_NOT_ALLOWED,
    "DP00900001012": Reason.PAYEE_NOT_FOUND,
    "DP00900001013": Reason.OTHER,
    "DP00900001016": Reason.ORDER_REFUSED,
    "ESB000008": Reason.ORDER_REFUSED,
    "ESB000033": Reason.PAYEE_NOT_FOUND,
    "ESB000036": Reason.PAYEE_NOT_FOUND,
}
"""The same for a disbursement."""

REFUND_REASONS: Mapping[str, Reason] = {
    **dict.fromkeys((*COLLECTION_REASONS, *PAYOUT_REASONS), Reason.OTHER),
    "DP00800001007": Reason.FLOAT_TOO_LOW,
    "DP00900001007": Reason.FLOAT_TOO_LOW,
}
"""The same for Airtel's own refund, of which nothing is about what a payer did."""

REASONS: Mapping[Order, Mapping[str, Reason]] = {
    Order.COLLECTION: COLLECTION_REASONS,
    Order.DISBURSEMENT: PAYOUT_REASONS,
    Order.REFUND: REFUND_REASONS,
}

AMBIGUOUS = frozenset(
    {
        "DP00800001000",
        "DP00800001024",
        "DP00900001000",
        "DP00900001014",
        # Duplicates: the money may have moved under this very id.
        "DP00900001011",
        "DP00900001017",
        "ESB000041",
        "ESB000001",
        "ESB000004",
        "ESB000014",
        # Time-outs on the way.
        "ROUTER114",
        "ROUTER115",
        "ROUTER116",
        "ROUTER117",
    }
)
"""Codes after which nobody knows, whatever is said beside them."""

NOT_FOUND = frozenset({"DP00800001025", "DP00900001015", "ESB000045"})

GOOD = frozenset({"DP00800001001", "DP00800001006", "DP00900001001", "DP00900001006"})
"""Codes of a transaction that succeeded or is under way."""

UNDECIDED = AMBIGUOUS | NOT_FOUND | GOOD
"""Codes that speak against a failure."""

GOOD_WORDS = frozenset({"TS", "TIP", "TI", "SUCCESS"})

SIGNATURE_REFUSED = frozenset({"DP00800001026", "DP00900001016"})

ALARMS: Mapping[str, str] = {
    **dict.fromkeys(SIGNATURE_REFUSED, "Airtel refuses our signature: check airtel.signing and the versions"),
    "DP00800001004": "Airtel refuses the amount: check flash.bounds.airtel",
    "DP00900001004": "Airtel refuses the amount: check flash.bounds.airtel",
    "DP00800001010": "Airtel does not let our collection wallet receive: ask Airtel",
    "DP00900001007": "the payout float at Airtel is too low: top it up",
    "DP00900001009": "Airtel does not accept our payout wallet: check airtel.pin and airtel.pin_padding",
    "DP00900001010": "Airtel finds a payout not allowed: if it is not the payee's wallet, ask Airtel about ours",
    "ESB000008": "Airtel finds our order malformed: this is a mistake in Flash",
    "ESB000033": "Airtel finds a number too long or too short: this is a mistake in Flash",
    "ROUTER001": "Airtel has no wallet for our application: set it in the portal",
    "ROUTER003": "Airtel misses a header or field: this is a mistake in Flash",
    "ROUTER005": "Airtel has no route for the country: check airtel.country, or ask Airtel",
    "ROUTER006": "Airtel refuses the country: check airtel.country",
    "ROUTER007": "Airtel does not allow our application in the country: ask Airtel",
    "ROUTER112": "Airtel refuses the currency: check airtel.currency",
    "ROUTER119": "Airtel refuses the currency: check airtel.currency",
}
"""What the people who run Flash have to mend. A routing code still proves nothing of the money (B2)."""

_TELLING: tuple[tuple[re.Pattern[str], Reason, Reason], ...] = (
    (re.compile(r"insufficient|not enough|low balance", re.IGNORECASE), Reason.NOT_ENOUGH_FUNDS, Reason.FLOAT_TOO_LOW),
    (re.compile(r"limit|maximum", re.IGNORECASE), Reason.PAYER_LIMIT_REACHED, Reason.PAYEE_LIMIT_REACHED),
    (re.compile(r"expired|timed? ?out", re.IGNORECASE), Reason.PROMPT_EXPIRED, Reason.OTHER),
    (re.compile(r"\bpin\b|refused|rejected|cancel", re.IGNORECASE), Reason.PAYER_REFUSED, Reason.OTHER),
)
"""What a message may tell of a failure without a code we know: for a collection, and for a payout."""


@dataclass(frozen=True, slots=True)
class Told:
    """What Airtel's envelope holds.

    Attributes:
        word: the transaction's status, like TS.
        codes: the response code and the result code, as far as there are any.
        success: whether the envelope says so; its refund says no to what it did (B2), so it is only a hint.
    """

    word: str
    codes: frozenset[str]
    message: str
    success: bool
    transaction: Mapping[str, Any]

    @classmethod
    def of(cls, answer: Answer) -> "Told | None":
        """Read an answer; None when it is no JSON object."""
        body = json_object(answer.body)
        if body is None:
            return None
        status, transaction = object_in(body, "status"), object_in(object_in(body, "data"), "transaction")
        codes = {text_in(status, "response_code").upper(), text_in(status, "result_code").upper()}
        return cls(
            word=text_in(transaction, "status").upper(),
            codes=frozenset(codes - {""}),
            message=text_in(transaction, "message") or text_in(status, "message"),
            success=status.get("success") is True,
            transaction=transaction,
        )

    def reason(self, order: Order) -> Reason | None:
        """Return why it failed, if there is a code that proves that it did."""
        reasons = (REASONS[order].get(code) for code in sorted(self.codes))
        return next((reason for reason in reasons if reason is not None), None)

    @property
    def alarm(self) -> str:
        """What has to be mended, by the code."""
        return next((ALARMS[code] for code in sorted(self.codes) if code in ALARMS), "")

    @property
    def code(self) -> str:
        """The codes in one stable text, for people."""
        return " ".join(code for code in sorted(self.codes) if re.fullmatch(r"[A-Z0-9]{1,20}", code)) or "no code"


def read_order(answer: Answer, order: Order, at: datetime) -> Reading:
    """Return what the answer to an order means. Even TS is no proof of a success: only a query is."""
    evidence = answer.evidence(at, Source.SUBMIT)
    told = Told.of(answer)
    if answer.status == 400 or is_forbidden(answer):
        return _refused(answer, told, order, evidence)
    if answer.status != 200 or told is None:
        return Reading(Unknown(evidence, _doubt(answer)), _alarm_of(answer))
    reason = told.reason(order)
    if told.codes & AMBIGUOUS or told.word == "TA":
        return Reading(Unknown(evidence, f"ambiguous: {told.code}", healthy=True))
    going = told.success or told.word in GOOD_WORDS or bool(told.codes & GOOD)
    if going and reason is None:
        return Reading(Waiting(evidence))
    if reason is not None and not going:
        return Reading(Declined(evidence, reason), told.alarm)
    return Reading(Unknown(evidence, f"proves nothing: {told.code}", healthy=True), told.alarm)


def _refused(answer: Answer, told: Told | None, order: Order, evidence: Evidence) -> Reading:
    """Read the refusal of an order before anything was done, unless what it says tells otherwise."""
    if told is None:
        return Reading(Declined(evidence, Reason.ORDER_REFUSED), _alarm_of(answer))
    reason, alarm = told.reason(order), told.alarm or _alarm_of(answer)
    is_going = told.success or told.word in {"TA", *GOOD_WORDS}
    if is_going or told.codes & UNDECIDED or (told.codes and reason is None):
        return Reading(Unknown(evidence, f"HTTP {answer.status}, but {told.code}", healthy=True), alarm)
    return Reading(Declined(evidence, reason or Reason.ORDER_REFUSED), alarm)


def read_query(answer: Answer, leg: Leg, order: Order, at: datetime) -> Reading:
    """Return what the answer to a question about a leg means."""
    evidence, told = answer.evidence(at, Source.STATUS_QUERY), Told.of(answer)
    if told is None or answer.status not in (200, 404) or _is_outage(answer):
        return Reading(Unknown(evidence, _doubt(answer)), _alarm_of(answer))
    # That it is not found yet may be told as a failure too, and must not end what a phone is ringing for.
    if answer.status == 404 or (told.codes & NOT_FOUND and told.word in ("", "TF")):
        return Reading(Unseen(evidence))
    if text_in(told.transaction, "id") not in ("", leg.reference.hex):
        return Reading(Unknown(evidence, "the answer is about another transaction", healthy=True))
    return _read_status(told, leg, order, replace(evidence, amount=_amount(told, leg), party=_party(told)))


def _read_status(told: Told, leg: Leg, order: Order, evidence: Evidence) -> Reading:
    match told.word:
        case "TS":
            return Reading(_succeeded(told, leg, order, evidence))
        case "TF" | "TE":
            return Reading(_failed(told, leg, order, evidence), told.alarm)
        case "TIP" | "TI":
            return Reading(Waiting(evidence))
        case "TA" | "":
            return Reading(Unknown(evidence, f"ambiguous: {told.code}", healthy=True), told.alarm)
        case word:
            tame = word if re.fullmatch(r"[A-Z_]{1,20}", word) else "(unreadable)"
            return Reading(Waiting(evidence), f"Airtel knows a status that Flash does not: {tame}")


def _succeeded(told: Told, leg: Leg, order: Order, evidence: Evidence) -> Outcome:
    """Return the success that a status tells, unless the code beside it tells otherwise."""
    if told.codes & (AMBIGUOUS | NOT_FOUND) or told.reason(order) is not None:
        return Unknown(evidence, f"successful, but {told.code}", healthy=True)
    return Settled(evidence, _operator_id(told, leg))


def _failed(told: Told, leg: Leg, order: Order, evidence: Evidence) -> Outcome:
    """Return the failure that a status tells, unless the code beside it tells otherwise."""
    if told.codes & UNDECIDED:
        return Unknown(evidence, f"failed, but {told.code}", healthy=True)
    if told.word == "TE":
        return Declined(evidence, Reason.PROMPT_EXPIRED if order is Order.COLLECTION else Reason.OTHER)
    return Declined(evidence, told.reason(order) or _reason_by_message(told.message, leg.kind))


def read_token(reply: Answer | Silence) -> Token | NoToken:
    """Return the token in the answer to a sign-in, or why there is none (B1)."""
    if isinstance(reply, Silence):
        return NoToken(reply.word, reached=False)
    told = json_object(reply.body) or {}
    if reply.status == 200:
        return token_in(told) or NoToken("the answer to the sign-in holds no token")
    if reply.status == 401 or text_in(told, "error") == "invalid_client":
        return NoToken("the client id or secret was refused", "check airtel.client_id and airtel.client_secret")
    if reply.status == 403:
        return NoToken("Airtel refuses our address", "ask Airtel to put this server's address on the whitelist")
    return NoToken(f"HTTP {reply.status}")


def refuses_token(answer: Answer) -> bool:
    """Whether a token is refused, which comes as 403 here (B1)."""
    told = json_object(answer.body) or {}
    return answer.status == 401 or (answer.status == 403 and text_in(told, "error") == "invalid_token")


def refuses_signature(answer: Answer) -> bool:
    """Whether a signature is refused, perhaps because Airtel changed its key."""
    told = Told.of(answer)
    return told is not None and bool(told.codes & SIGNATURE_REFUSED)


def is_forbidden(answer: Answer) -> bool:
    """Whether we may not do this at all, with any token."""
    return answer.status == 403 and not refuses_token(answer)


def read_key(reply: Reply, now: datetime) -> Token | NoToken:
    """Return the key for signatures as it is kept: like a token, until it runs out (B1)."""
    if not isinstance(reply, Answer):
        return NoToken(f"no encryption key: {reply.word if isinstance(reply, Silence) else reply.why}")
    data = object_in(json_object(reply.body) or {}, "data")
    key = text_in(data, "key", 2000)
    try:
        rsa_key(key)
    except ValueError:
        return NoToken(f"no encryption key: HTTP {reply.status}", "ask Airtel for it, or set airtel.signing = false")
    return Token(key, min(max(_valid_upto(data, now) - now, LEAST_KEY_LIFE), LONGEST_KEY_LIFE))


LEAST_KEY_LIFE, LONGEST_KEY_LIFE = timedelta(minutes=5), timedelta(hours=1)
"""The time is told in a format that differs and without a zone, so it is trusted within bounds."""


def _valid_upto(data: Mapping[str, Any], now: datetime) -> datetime:
    for form in ("%d-%m-%Y %H:%M:%S", "%Y-%m-%d %H:%M:%S"):
        try:
            return datetime.strptime(text_in(data, "valid_upto"), form).replace(tzinfo=UTC)
        except ValueError:
            continue
    return now


def read_wallet(answer: Answer) -> Wallet | None:
    """Return what is known of a wallet; None when Airtel does not say (B2)."""
    told, data = Told.of(answer), object_in(json_object(answer.body) or {}, "data")
    if answer.status != 200 or told is None:
        return None
    if told.codes & {"ESB000045", "DP02200000002"} and not told.success:
        return Wallet(active=False)
    barred = data.get("is_barred")
    if not told.success or not isinstance(barred, bool):
        return None
    names = (text_in(data, "first_name"), text_in(data, "last_name"))
    return Wallet(active=not barred, holder="" if barred else " ".join(filter(None, names))[:100])


def read_balance(answer: Answer, currency: str) -> Money | None:
    """Return the float; None when Airtel does not say. Thousands are parted by commas."""
    told, data = Told.of(answer), object_in(json_object(answer.body) or {}, "data")
    if answer.status != 200 or told is None or not told.success or text_in(data, "currency") != currency:
        return None
    balance = data.get("balance")
    return balance_in(balance.replace(",", "") if isinstance(balance, str) else balance, ZMW)


def transaction_id_in(body: bytes) -> str:
    """Return the id that a callback names; empty when it names none."""
    return text_in(object_in(json_object(body) or {}, "transaction"), "id")


def _is_outage(answer: Answer) -> bool:
    """Whether a 404 is the gateway's, which lost its way to Airtel's own answer (B2)."""
    return answer.status == 404 and b"no route matched" in answer.body.lower()


def _doubt(answer: Answer) -> str:
    return f"HTTP {answer.status}" if answer.status != 200 else "the answer is not JSON"


def _alarm_of(answer: Answer) -> str:
    if answer.status == 400:
        return "Airtel finds our order malformed (HTTP 400): this is a mistake in Flash"
    if refuses_token(answer):
        return "Airtel refuses our token although it is new: check the credentials with `flash doctor airtel`"
    if answer.status == 403:
        return "Airtel forbids our calls (HTTP 403): ask Airtel to enable them, and for this server's address"
    return ""


def _amount(told: Told, leg: Leg) -> Money | None:
    """Return the amount told. Airtel tells none (B2); one that is told all the same has to be ours."""
    return money_in(told.transaction.get("amount"), leg.amount.currency)


def _party(told: Told) -> Msisdn | None:
    try:
        return parse_msisdn(text_in(told.transaction, "msisdn"))
    except BadMsisdn:
        return None


def _operator_id(told: Told, leg: Leg) -> str:
    """Return Airtel's id of what it did; our own, which it knows too, stands in for one that is missing."""
    told_id = text_in(told.transaction, "airtel_money_id")
    return told_id if is_header_text(told_id) else leg.reference.hex


def _reason_by_message(message: str, kind: Kind) -> Reason:
    for telling, collection, payout in _TELLING:
        if telling.search(message):
            return collection if kind is Kind.COLLECTION else payout
    return Reason.OTHER
