"""The rules of payment, as the settings say them."""

from datetime import timedelta

from flash.domain.fees import Fees, parse_fees
from flash.domain.limits import Bounds, Limits
from flash.domain.money import ZMW, Money, parse_money
from flash.domain.pin import PinRules
from flash.domain.progress import Patience
from flash.domain.routing import Operator, Routes
from flash.settings import Reader, Settings, above_zero, seconds, whole
from flash.usecases.send_money import Terms


def terms_in(settings: Settings, read: Reader, served: frozenset[Operator]) -> Terms:
    """Return on which terms money is sent, where these operators are served."""
    routes = {digits: read(f"flash.route.{digits}", _operator) for digits in settings.under("flash.route.")}
    bounds = {operator: read(f"flash.bounds.{operator}", _bounds) for operator in served}
    tiers = {tier: read(f"flash.day_limit.tier{tier}", _money) for tier in (1, 2, 3)}
    return Terms(
        routes=Routes(routes, served),
        limits=Limits(bounds=bounds, per_day=tiers),
        fees=read("flash.fees", _fees, ""),
        # Where it must be there, the safety catch complains.
        batch_tier=read("flash.batch_tier", whole),
        public_url=(Reader(read.text_of)("flash.public_url", str, "") or "").rstrip("/"),
    )


def _operator(text: str) -> Operator:
    """Read the name of an operator."""
    return Operator(text)


def _money(text: str) -> Money:
    """Read an amount of money above zero, like 5000.00."""
    amount = parse_money(text)
    if amount <= Money(0):
        raise ValueError("not above zero")
    return amount


def _bounds(text: str) -> Bounds:
    """Read the least and the most, like 1.00 to 20000.00."""
    least, _, most = text.partition(" to ")
    bounds = Bounds(parse_money(least.strip()), parse_money(most.strip()))
    if not Money(0) < bounds.least <= bounds.most:
        raise ValueError("not from a small to a large amount")
    return bounds


def _fees(text: str) -> Fees:
    """Read a schedule of fees, like 150.00: 0.42, 500.00: 1.00 + 0.5%."""
    return parse_fees(text, ZMW)


def patience_in(read: Reader) -> Patience:
    """Return for how long what is waited for."""

    def duration(text: str) -> timedelta:
        """Read a duration in seconds, zero or more."""
        return timedelta(seconds=seconds(text))

    def some_duration(text: str) -> timedelta:
        """Read a duration in seconds, more than zero."""
        return timedelta(seconds=above_zero(text))

    return Patience(
        grace=read("flash.grace_s", duration),
        doubt_limit=read("flash.doubt_limit_s", duration),
        start_limit=read("flash.start_limit_s", duration),
        lease=read("flash.lease_s", some_duration),
        prompt_life=read("flash.prompt_life_s", some_duration),
    )


def pin_rules_in(settings: Settings, read: Reader) -> PinRules:
    """Return with which keys PINs are hashed, and above which amount one is asked for."""
    keys = {}
    for version in settings.under("flash.pin_key."):
        key = read(f"flash.pin_key.{version}", str.encode)
        if version.isascii() and version.isdigit() and int(version) > 0:
            keys[int(version)] = key
        else:
            read.problem(f"flash.pin_key.{version}", "ends in no version, like 1")
    if not keys:
        read.problem("flash.pin_key.1", "no key is configured")
    return PinRules(keys, read("flash.pin_above", _threshold, ""))


def _threshold(text: str) -> Money | None:
    """Read an amount of money, like 500.00, or nothing for never."""
    return parse_money(text) if text else None
