"""Circuits: what a new transfer needs, and how an operator is as a whole."""

from datetime import timedelta

from flash.domain.circuit import Circuit, Condition, Flow, Operation, needed, of_operator, worst
from flash.domain.errors import OutOfService
from flash.domain.routing import Operator

MINUTE = timedelta(minutes=1)


def test_a_transfer_needs_collecting_at_one_operator_and_paying_out_at_the_other():
    assert set(needed(Operator.MTN, Operator.AIRTEL)) == {
        Circuit(Operator.MTN, Operation.COLLECTION),
        Circuit(Operator.MTN, Operation.QUERY),
        Circuit(Operator.AIRTEL, Operation.ACCOUNT),
        Circuit(Operator.AIRTEL, Operation.DISBURSEMENT),
        Circuit(Operator.AIRTEL, Operation.QUERY),
    }


def test_within_one_operator_each_circuit_is_needed_once():
    found = list(needed(Operator.MTN, Operator.MTN))
    assert len(found) == len(set(found)) == 4


def test_an_operator_has_a_circuit_for_each_operation():
    assert [circuit.operation for circuit in of_operator(Operator.AIRTEL)] == list(Operation)


def test_an_operator_is_as_its_worst_circuit():
    closed, slow = Condition(), Condition(Flow.SLOW)
    short, long = Condition(Flow.OPEN, MINUTE), Condition(Flow.OPEN, 2 * MINUTE)
    assert worst(iter([])) == closed
    assert worst(iter([closed, slow, closed])) == slow
    assert worst(iter([slow, short, closed])) == short
    assert worst(iter([short, long, slow])) == long


def test_a_refusal_says_who_does_not_answer_and_when_to_try_again():
    for seconds, told in ((0, "1 minute"), (59.2, "1 minute"), (60, "1 minute"), (61, "2 minutes")):
        refusal = OutOfService("MTN MoMo", wait=timedelta(seconds=seconds))
        assert refusal.text == f"MTN MoMo does not answer right now. Please try again in {told}."
