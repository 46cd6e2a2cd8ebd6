"""Who is in a run and what they want: people, their wallets, the terms, sends, second taps and changes of mind."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from flash.domain.account import Account
from flash.domain.fees import Band, Fees
from flash.domain.limits import Bounds, Limits
from flash.domain.money import Money
from flash.domain.msisdn import Msisdn, parse_msisdn
from flash.domain.progress import Patience
from flash.domain.routing import Operator, Routes
from flash.simulation.luck import Luck
from flash.simulation.stage import SECOND, START, KeyedChance
from flash.simulation.world import Intent
from flash.usecases.send_money import Terms

NUMBERS = {
    Operator.MTN: ("0960000101", "0960000102"),
    Operator.AIRTEL: ("0970000101", "0970000102"),
}
KWACHA = 100
MIDNIGHT = 14 * 3600 * SECOND
"""When the day ends in Zambia, since the start."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A request that a person makes at some time.

    Attributes:
        verb: `sends`, `taps again` or `cancels`.
    """

    at: int
    verb: str
    intent: Intent


def draw_terms(luck: Luck) -> Terms:
    """Draw the limits and fees of a run: sometimes tight, sometimes none."""
    prefixes = {"26096": Operator.MTN, "26097": Operator.AIRTEL}
    bounds = dict.fromkeys(NUMBERS, Bounds(Money(KWACHA), Money(20_000 * KWACHA)))
    tight = luck.strikes("a small day limit", 150)
    per_day = luck.between("day limit", 80, 300) * KWACHA if tight else 5000 * KWACHA
    fees = Fees((Band(Money(20_000 * KWACHA), Money(50), Decimal("0.5")),)) if luck.number("fees", 2) else Fees()
    return Terms(Routes(prefixes, frozenset(NUMBERS)), Limits(bounds, {1: Money(per_day)}), fees)


def draw_patience(luck: Luck) -> Patience:
    """Draw how long doubt may last: as in production, or so short that a run often sees its end."""
    hours = (24, 24, 1, 2)[luck.number("doubt limit", 4)]
    return Patience(doubt_limit=timedelta(hours=hours))


def draw_dawn(luck: Luck) -> int:
    """Draw the millisecond at which a run begins: in the morning, or just before midnight in Zambia."""
    return MIDNIGHT - 15 * SECOND if luck.strikes("it is late", 100) else 0


def draw_quiet(luck: Luck) -> int:
    """Draw after how many milliseconds nothing goes wrong any more."""
    choice = luck.number("when it is over", 100)
    for share, least, most in ((45, 2, 10), (80, 10, 60), (98, 60, 240)):
        if choice < share:
            return luck.between("it is over", least * 60, most * 60) * SECOND
    return luck.between("it is over", 25 * 3600, 27 * 3600) * SECOND


def draw_people(chance: KeyedChance) -> list[Account]:
    """Return the people of a run."""
    return [
        Account(id=chance.new_id(), msisdn=parse_msisdn(number), full_name="", password_hash="-", created_at=START)  # noqa: S106 - nobody signs in
        for numbers in NUMBERS.values()
        for number in numbers
    ]


def draw_wallets(luck: Luck, operator: Operator) -> tuple[dict[Msisdn, int], set[Msisdn]]:
    """Return what the wallets at an operator hold, in ngwee, and which of them are closed."""
    numbers = [parse_msisdn(number) for number in NUMBERS[operator]]
    wallets = {one: luck.between(f"wallet {one}", 40, 2000) * KWACHA for one in numbers}
    return wallets, {one for one in numbers if luck.strikes(f"wallet {one} is closed", 40)}


def draw_float(luck: Luck, operator: Operator) -> int:
    """Return what our payout wallet at an operator holds, in ngwee."""
    if luck.strikes(f"a small float at {operator}", 300):
        return luck.between(f"float at {operator}", 30, 250) * KWACHA
    return 100_000 * KWACHA


def draw_wishes(luck: Luck, people: list[Account]) -> list[Wish]:
    """Draw what people want: one to three sends, with second taps and changes of mind."""
    wishes: list[Wish] = []
    for name in ("S1", "S2", "S3"):
        if name != "S1" and not luck.strikes(f"{name} is wanted too", 350):
            continue
        intent = _intent(luck, name, people)
        if wishes and intent.payer.msisdn != wishes[0].intent.payee and luck.number(f"{name} has the same payee", 2):
            intent.payee = wishes[0].intent.payee
        late = luck.strikes(f"{name} is sent late", 250)
        at = luck.between(f"{name} is sent", 0, 1200 * SECOND if late else 40 * SECOND)
        wishes.append(Wish(at, "sends", intent))
        wishes += _more(luck, intent, at)
    return wishes


def _intent(luck: Luck, name: str, people: list[Account]) -> Intent:
    payer = people[luck.number(f"payer of {name}", len(people))]
    others = [one.msisdn for one in people if one is not payer]
    return Intent(
        name=name,
        payer=payer,
        payee=others[luck.number(f"payee of {name}", len(others))],
        amount=Money(luck.between(f"amount of {name}", 5 * KWACHA, 120 * KWACHA)),
        key=f"key of {name}" if luck.number(f"{name} has a key", 2) else None,
    )


def _more(luck: Luck, intent: Intent, at: int) -> list[Wish]:
    """Draw what else comes with a send."""
    name, more = intent.name, []
    if luck.strikes(f"{name} is tapped twice", 220):
        more.append(Wish(at, "taps again", intent))
    if luck.strikes(f"{name} is repeated", 250):
        more.append(Wish(at + luck.between(f"{name} is repeated after", SECOND, 45 * SECOND), "taps again", intent))
    if intent.key is not None and luck.strikes(f"{name} is repeated late", 150):
        wait = luck.between(f"{name} is repeated late after", 60 * SECOND, 2000 * SECOND)
        more.append(Wish(at + wait, "taps again", intent))
    if luck.strikes(f"{name} is cancelled", 250):
        more.append(Wish(at + luck.between(f"{name} is cancelled after", 0, 90 * SECOND), "cancels", intent))
    if luck.strikes(f"{name} is cancelled late", 100):
        wait = luck.between(f"{name} is cancelled late after", 60 * SECOND, 1000 * SECOND)
        more.append(Wish(at + wait, "cancels", intent))
    return more
