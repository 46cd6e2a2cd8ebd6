"""Routing: the longest prefix names the operator."""

import pytest

from factories import msisdn, terms
from flash.domain.errors import NoRoute
from flash.domain.routing import Operator, Routes

ROUTES = terms().routes


@pytest.mark.parametrize(
    ("number", "operator"),
    [("0960000123", Operator.MTN), ("0760000123", Operator.MTN), ("0970000123", Operator.AIRTEL)],
)
def test_the_prefix_names_the_operator(number, operator):
    assert ROUTES.operator_of(msisdn(number)) is operator


def test_the_longest_prefix_wins():
    prefixes = {"260": Operator.ZAMTEL, "26096": Operator.MTN, "260960000": Operator.AIRTEL}
    routes = Routes(prefixes, frozenset(Operator))
    assert routes.operator_of(msisdn("0960000123")) is Operator.AIRTEL
    assert routes.operator_of(msisdn("0961000123")) is Operator.MTN
    assert routes.operator_of(msisdn("0970000123")) is Operator.ZAMTEL


def test_zamtel_is_known_but_clearly_refused():
    assert ROUTES.find(msisdn("0950000123")) is Operator.ZAMTEL
    with pytest.raises(NoRoute, match="Zamtel Money is not available in Flash yet") as refusal:
        ROUTES.operator_of(msisdn("0950000123"), field="recipient_phone")
    assert refusal.value.field == "recipient_phone"


def test_a_number_of_no_known_operator_is_refused():
    routes = Routes({"26096": Operator.MTN}, frozenset({Operator.MTN}))
    assert routes.find(msisdn("0970000123")) is None
    with pytest.raises(NoRoute, match="does not belong to a mobile-money operator"):
        routes.operator_of(msisdn("0970000123"))


def test_a_fourth_operator_gets_its_money_where_an_adapter_serves_it():
    routes = Routes(ROUTES.prefixes, ROUTES.served | {Operator.ZAMTEL})
    assert routes.operator_of(msisdn("0950000123")) is Operator.ZAMTEL


def test_people_read_the_name_they_know():
    assert [operator.brand for operator in Operator] == ["MTN MoMo", "Airtel Money", "Zamtel Money"]
