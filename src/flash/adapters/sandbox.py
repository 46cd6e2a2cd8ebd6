"""The fake operator: it completes payments by itself, and fails them the way real ones do.

It decides from the leg alone (reference, number, amount, when it was sent), so it remembers nothing, survives restarts
and gives the same answer in every process. Chance decides by default; a code forces an outcome. A code is the end of a
test number, like 61 in 0960000061, or the ngwee of an amount, like 25.61. `docs/sandbox.md` lists them.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum, auto

from flash.domain.leg import Kind, Leg
from flash.domain.money import Money, parse_money
from flash.domain.msisdn import Msisdn
from flash.domain.outcome import (
    Declined,
    Evidence,
    Outcome,
    Reason,
    Settled,
    Source,
    Unknown,
    Unseen,
    Waiting,
)
from flash.ports.clock import Clock
from flash.ports.provider import Provider, Wallet
from flash.settings import Settings, seconds, share

PLATFORM = "sandbox"


class Oddity(Enum):
    """What an operator may do besides saying yes or no."""

    NEVER_ANSWERS = auto()
    ANSWERS_LATE = auto()
    OTHER_AMOUNT = auto()
    TIMES_OUT_AT_FIRST = auto()
    UNSEEN_AT_FIRST = auto()
    SUCCEEDS = auto()


Behaviour = Reason | Oddity

COLLECTION_CODES: Mapping[int, Behaviour] = {
    61: Reason.NOT_ENOUGH_FUNDS,
    62: Reason.PAYER_REFUSED,
    63: Reason.PROMPT_EXPIRED,
    64: Reason.PAYER_NOT_FOUND,
    66: Reason.PAYER_LIMIT_REACHED,
    67: Reason.OTHER,
    81: Oddity.NEVER_ANSWERS,
    82: Oddity.ANSWERS_LATE,
    83: Oddity.OTHER_AMOUNT,
    84: Oddity.TIMES_OUT_AT_FIRST,
    86: Oddity.UNSEEN_AT_FIRST,
}
"""By the payer's number, or by the amount."""

PAYOUT_CODES: Mapping[int, Behaviour] = {
    71: Reason.PAYEE_NOT_FOUND,
    72: Reason.PAYEE_LIMIT_REACHED,
    73: Reason.PAYEE_NOT_ALLOWED,
    74: Reason.FLOAT_TOO_LOW,
    77: Reason.OTHER,
}
"""By the payee's number, or by the amount: the payout is declined after a good collection, and the refund is seen."""

PAYOUT_ODDITIES: Mapping[int, Behaviour] = {code: what for code, what in COLLECTION_CODES.items() if code > 80}
"""By the payee's number only, for by the amount they would meet the collection first."""

REFUND_CODES: Mapping[int, Behaviour] = {91: Reason.OTHER}
"""By the payer's number: the refund is declined, and a member of staff is needed."""

NO_WALLET = 76
"""By the payee's number: the wallet is not active, so the payer is never asked."""

ALWAYS_GOOD = range(1, 20)
"""By the number: chance is left out."""

CHANCE_FAILURES = (
    Reason.NOT_ENOUGH_FUNDS,
    Reason.NOT_ENOUGH_FUNDS,
    Reason.NOT_ENOUGH_FUNDS,
    Reason.PAYER_REFUSED,
    Reason.PAYER_REFUSED,
    Reason.PROMPT_EXPIRED,
    Reason.PROMPT_EXPIRED,
    Reason.PAYER_LIMIT_REACHED,
)
"""What goes wrong when chance decides so, each as often as it is listed."""

REFUSED_AT_ONCE = frozenset({Reason.PAYER_NOT_FOUND, Reason.PAYEE_NOT_FOUND})
"""Reasons that an operator tells in its answer to the order, because nothing was created."""

TROUBLE = timedelta(seconds=40)
"""How long an order is not seen or not answered at first; longer than the grace time of 30 s."""

LATE = 6
"""How many times the usual delay an answer takes when it comes late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandbox:
    """A fake operator with all that a real one can do.

    Attributes:
        delay: from the order until the payer "approved".
        payout_delay: from the order until a disbursement or refund has arrived.
        success_rate: share of collections that succeed when no code decides, from 0 to 1.
        seed: another seed is another fate for the same references.
        payout_float: what our payout wallet holds.
    """

    clock: Clock
    delay: timedelta = timedelta(seconds=30)
    payout_delay: timedelta = timedelta(seconds=2)
    success_rate: float = 0.9
    seed: str = "flash"
    payout_float: Money = field(default=Money(100_000_000))

    def platform(self, kind: Kind) -> str:  # noqa: ARG002 - as the port has it; here all kinds are at home
        """See `ports.provider.Provider`."""
        return PLATFORM

    def submit(self, leg: Leg) -> Outcome:
        """See `ports.provider.Provider`."""
        behaviour = self._behaviour(leg)
        if behaviour in REFUSED_AT_ONCE and isinstance(behaviour, Reason):
            return Declined(self._evidence(Source.SUBMIT, f"400 {behaviour}"), behaviour)
        if behaviour is Oddity.TIMES_OUT_AT_FIRST:
            return Unknown(self._evidence(Source.SUBMIT, ""), "timed out")
        return Waiting(self._evidence(Source.SUBMIT, "202"))

    def ask(self, leg: Leg) -> Outcome:
        """See `ports.provider.Provider`."""
        if leg.opened_at is None:
            return Unseen(self._evidence(Source.STATUS_QUERY, "404"))
        behaviour, age = self._behaviour(leg), self.clock.now() - leg.opened_at
        if behaviour is Oddity.TIMES_OUT_AT_FIRST and age < TROUBLE:
            return Unknown(self._evidence(Source.STATUS_QUERY, ""), "timed out")
        if behaviour is Oddity.UNSEEN_AT_FIRST and age < TROUBLE:
            return Unseen(self._evidence(Source.STATUS_QUERY, "404"))
        delay = self.delay if leg.kind is Kind.COLLECTION else self.payout_delay
        if behaviour is Oddity.NEVER_ANSWERS or age < delay * (LATE if behaviour is Oddity.ANSWERS_LATE else 1):
            return Waiting(self._evidence(Source.STATUS_QUERY, "PENDING", leg.amount, leg.party))
        if isinstance(behaviour, Reason):
            evidence = self._evidence(Source.STATUS_QUERY, f"FAILED {behaviour}", leg.amount, leg.party)
            return Declined(evidence, behaviour)
        moved = leg.amount + Money(100) if behaviour is Oddity.OTHER_AMOUNT else leg.amount
        evidence = self._evidence(Source.STATUS_QUERY, "SUCCESSFUL", moved, leg.party)
        return Settled(evidence, f"SB{leg.reference.hex[:12]}")

    def wallet(self, msisdn: Msisdn) -> Wallet | None:
        """See `ports.provider.AccountCheck`."""
        return Wallet(active=_number_code(msisdn) != NO_WALLET)

    def float_available(self) -> Money | None:
        """See `ports.provider.FloatCheck`."""
        return self.payout_float

    def _behaviour(self, leg: Leg) -> Behaviour:
        """Return what becomes of this leg: by its number's code, by its amount's, or by chance."""
        by_number, by_amount = _CODES[leg.kind]
        number = _number_code(leg.party)
        forced = by_number.get(number) or by_amount.get(leg.amount.minor % 100)
        if forced is not None:
            return forced
        if leg.kind is not Kind.COLLECTION or number in ALWAYS_GOOD:
            return Oddity.SUCCEEDS
        return self._by_chance(leg)

    def _by_chance(self, leg: Leg) -> Behaviour:
        digest = hashlib.sha256(f"{self.seed}:{leg.reference}".encode()).digest()
        if int.from_bytes(digest[:7]) / 256**7 < self.success_rate:
            return Oddity.SUCCEEDS
        return CHANCE_FAILURES[digest[7] % len(CHANCE_FAILURES)]

    def _evidence(
        self, source: Source, body: str, amount: Money | None = None, party: Msisdn | None = None
    ) -> Evidence:
        return Evidence(at=self.clock.now(), source=source, body=body, amount=amount, party=party)


@dataclass(frozen=True, slots=True)
class Willing:
    """The sandbox when nobody wants to wait any longer: whatever codes and chance say, the money has moved."""

    clock: Clock

    def platform(self, kind: Kind) -> str:  # noqa: ARG002 - as the port has it
        """See `ports.provider.Provider`."""
        return PLATFORM

    def submit(self, leg: Leg) -> Outcome:  # noqa: ARG002 - likewise
        """See `ports.provider.Provider`."""
        return Waiting(Evidence(at=self.clock.now(), source=Source.SUBMIT, body="202"))

    def ask(self, leg: Leg) -> Outcome:
        """See `ports.provider.Provider`. What it says tells whoever asks later that it was the demo."""
        evidence = Evidence(
            at=self.clock.now(),
            source=Source.STATUS_QUERY,
            body="SUCCESSFUL, because the demo was asked to complete it",
            amount=leg.amount,
            party=leg.party,
        )
        return Settled(evidence, f"DEMO{leg.reference.hex[:12]}")


_CODES: Mapping[Kind, tuple[Mapping[int, Behaviour], Mapping[int, Behaviour]]] = {
    Kind.COLLECTION: (COLLECTION_CODES, COLLECTION_CODES),
    Kind.DISBURSEMENT: ({**PAYOUT_CODES, **PAYOUT_ODDITIES}, PAYOUT_CODES),
    Kind.REFUND: (REFUND_CODES, {}),
}
"""Per kind of leg, the codes by number and those by amount."""


def _number_code(msisdn: Msisdn) -> int:
    """Return the code of a test number 09x 0000 0NN; 0, which is no code, for any other number."""
    prefix, code = msisdn.digits[5:-2], msisdn.digits[-2:]
    return int(code) if prefix == "00000" else 0


def from_settings(settings: Settings, clock: Clock) -> Provider:
    """Build it from `sandbox.*`."""
    with settings.reading() as read:
        delay_s = read("sandbox.delay_s", seconds, "30")
        payout_delay_s = read("sandbox.payout_delay_s", seconds, "2")
        success_rate = read("sandbox.success_rate", share, "0.9")
        seed = read("sandbox.seed", str, "flash")
        payout_float = read("sandbox.float", _money, "1000000.00")
    return Sandbox(
        clock=clock,
        delay=timedelta(seconds=delay_s),
        payout_delay=timedelta(seconds=payout_delay_s),
        success_rate=success_rate,
        seed=seed,
        payout_float=payout_float,
    )


def _money(text: str) -> Money:
    """Read an amount of money, like 1000000.00."""
    return parse_money(text)
