"""MTN's orders: everything that is posted under a reference and asked about later (facts A5, A6, A9)."""

from datetime import timedelta
from typing import Any

from flash.simulator.bank import AlreadyOpen, Order
from flash.simulator.calls import Answered, Call, empty, json_answer
from flash.simulator.mtn.door import Entry, Platform, bad_request, check_callback, enter, is_uuid, is_uuid4, refusal
from flash.simulator.mtn.forms import BY_NAME, Form, Service, read_form
from flash.simulator.mtn.matrix import HTTP_CODES, PAYMENTS, REFUNDS, by_number
from flash.simulator.mtn.words import describe
from flash.simulator.names import Kind, Operator, State
from flash.simulator.reasons import mtn_code
from flash.simulator.scenarios import NOTHING, Scenario, built_in, parse_scenario


def submit(call: Call, platform: Platform, service: Service) -> Any:
    """POST an order: 202 says no more than that it was taken."""
    entry = enter(call, platform, service.product)
    reference = call.header("X-Reference-Id")
    if not reference or not is_uuid4(reference):
        return bad_request()
    reference = reference.lower()
    known = call.simulator.bank.find(Operator.MTN, platform.name, reference)
    if known:
        call.hang_if_silent(known)
        return refusal(409, "RESOURCE_ALREADY_EXIST")
    form = read_form(call, entry, service)
    callback_url = check_callback(call, entry)
    original = _original(call, platform, service, form)
    scenario = _scenario(call, service, form, original)
    if call.scenario is None:
        call.meet_first(scenario, reference)
    order = _order(call, service, form, scenario)
    order.space, order.reference, order.callback_url, order.refunds = platform.name, reference, callback_url, original
    _refuse_unless_possible(call, service, order)
    return _open(call, entry, order)


def _original(call: Call, platform: Platform, service: Service, form: Form) -> Order | None:
    """Return the collection that is to be given back.

    Raises:
        Answered: there is none.
    """
    if service.kind is not Kind.REFUND or form.refunded in REFUNDS:
        return None
    found = call.simulator.bank.find(Operator.MTN, platform.name, form.refunded.lower())
    if not found or found.kind is not Kind.COLLECTION or found.state is not State.SUCCEEDED:
        raise Answered(refusal(404, "RESOURCE_NOT_FOUND"))
    if found.amount.currency != form.amount.currency:
        raise Answered(refusal(500, "INVALID_CURRENCY"))
    return found


def _scenario(call: Call, service: Service, form: Form, original: Order | None) -> Scenario:
    """Return what is to go wrong: by the header, by what was set, by the number, in this order."""
    if call.scenario is not None:
        return call.scenario.with_callbacks_of(call.fault)
    party = original.party if original else form.party
    scenario = call.simulator.scenario_of(party, service.kind) or _built_in(call, service, form, party)
    return scenario.with_callbacks_of(call.fault)


def _built_in(call: Call, service: Service, form: Form, party: str) -> Scenario:
    if service.kind is Kind.REFUND and form.refunded in REFUNDS:
        return parse_scenario(REFUNDS[form.refunded])
    if service.name == "payment":
        return parse_scenario(PAYMENTS.get(form.amount_number, ""))
    over_http = call.simulator.knobs.refusals_as == "http"
    found = by_number(service.name, party, over_http=over_http)
    return built_in(party, service.kind) if found is NOTHING else found


def _order(call: Call, service: Service, form: Form, scenario: Scenario) -> Order:
    simulator = call.simulator
    now = simulator.clock.now()
    usual = simulator.knobs.approval_s if service.kind is Kind.COLLECTION else simulator.knobs.payout_s
    delay = scenario.delay(timedelta(seconds=usual))
    return Order(
        operator=Operator.MTN,
        space="",
        operation=service.full_name,
        kind=service.kind,
        reference="",
        party=form.party,
        amount=form.amount,
        opened_at=now,
        due_at=None if delay is None or not service.ends else now + delay,
        fails=scenario.fails,
        moves=service.moves,
        details=form.details,
        scenario=scenario,
    )


def _refuse_unless_possible(call: Call, service: Service, order: Order) -> None:
    """Refuse at once what a scenario says, and what has no wallet.

    Raises:
        Answered: nothing is created.
    """
    scenario = order.scenario
    if scenario.refused:
        code = mtn_code(scenario.refused)
        raise Answered(refusal(HTTP_CODES.get(code, 500), code))
    if order.refunds:
        order.party = order.refunds.party
    customer = call.simulator.bank.customer(Operator.MTN, order.party) if order.party else None
    if scenario.not_found or (customer and not customer.active):
        raise Answered(refusal(500, "PAYER_NOT_FOUND" if service.kind is Kind.COLLECTION else "PAYEE_NOT_FOUND"))


def _open(call: Call, entry: Entry, order: Order) -> Any:
    bank = call.simulator.bank
    order.details = {**order.details, "environment": entry.environment}
    with bank.lock:
        if order.refunds and bank.given_back(order.refunds) + order.amount > order.refunds.amount:
            order.fails = "INTERNAL_PROCESSING_ERROR"
        try:
            bank.open(order)
        except AlreadyOpen:
            return refusal(409, "RESOURCE_ALREADY_EXIST")
    call.hang_if_silent(order)
    return empty(202)


def status(call: Call, platform: Platform, service: Service) -> Any:
    """GET what became of an order."""
    order = _find(call, platform, service.product, service)
    scenario = call.scenario if call.scenario is not None else order.scenario
    return json_answer(200, describe(order, scenario, call.simulator))


def cancel(call: Call, platform: Platform, service: Service) -> Any:
    """DELETE an invoice that nobody paid yet."""
    order = _find(call, platform, service.product, service)
    if call.simulator.bank.cancel(order, call.simulator.clock.now()):
        call.simulator.tell(order)
        return empty(200)
    return refusal(409, "RESOURCE_ALREADY_EXIST")


def notify(call: Call, platform: Platform, product: str) -> Any:
    """POST a text for the payer about a payment: once."""
    order = _find(call, platform, product, BY_NAME["collection.requesttopay"])
    body = call.body()
    message = call.header("notificationMessage") or (
        body.get("notificationMessage") if isinstance(body, dict) else None
    )
    if not isinstance(message, str) or not message or len(message) > 160:
        return bad_request()
    with call.simulator.lock:
        if order.reference in call.simulator.notified:
            return call.operation.answers.throttled()
        call.simulator.notified.add(order.reference)
    return empty(200)


def _find(call: Call, platform: Platform, product: str, service: Service) -> Order:
    """Return the order that the path names.

    Raises:
        Answered: it cannot be seen here, or not now.
    """
    enter(call, platform, product)
    reference = call.request.matchdict["reference"]
    if not is_uuid(reference):
        raise Answered(bad_request())
    order = call.simulator.bank.find(Operator.MTN, platform.name, reference.lower())
    if not order or order.operation != service.full_name:
        raise Answered(call.operation.answers.unknown())
    call.hang_if_silent(order)
    if call.simulator.clock.now() < order.opened_at + order.scenario.hidden:
        raise Answered(call.operation.answers.unknown())
    return order
