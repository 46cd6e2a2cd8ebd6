"""PyPI mtn-momo-client on the stand-in, at its root for the sandbox and for Zambia."""

from momo_api import Config, MomoApi, MomoException, PaymentRequest, RefundRequest, TransferRequest, generate_uuid
from trial import (
    CHECKED,
    SANDBOX,
    URL,
    ZAMBIA_PAYEES,
    ZAMBIA_PAYERS,
    Seen,
    begin,
    control,
    describe_change,
    describe_token,
    describe_user,
    report,
    try_orders,
)

NOTES = ("Rent", "Rent")


class StandIn(MomoApi):
    """The library's entry point with our host in place of its two.

    Production is the platform that MTN had before 2026: the new one wants X-Target-Environment for a token, and the
    library sends none.
    """

    SANDBOX_URL = URL
    PRODUCTION_URL = URL


def seen(transaction, party=None):
    return Seen(
        status=transaction.status,
        reason=transaction.reason.code if transaction.reason else None,
        amount=transaction.amount,
        currency=transaction.currency,
        party=transaction.payer or transaction.payee or party,
        external_id=transaction.external_id,
        operator_id=transaction.financial_transaction_id,
    )


def check(client, number):
    try:
        return "active" if client.check_account_holder(number) else "not active"
    except MomoException as error:
        return error.code


def refusal(call, *arguments):
    try:
        call(*arguments)
    except MomoException as error:
        return error.code
    return "not refused"


def try_collection(place, client, cases, currency):
    def order(number):
        return client.request_to_pay(PaymentRequest.make("10.00", number, f"order-{number}", currency, *NOTES))

    def ask(reference):
        return seen(client.get_payment_status(reference))

    return try_orders(f"{place}request to pay", cases, order, ask)


def try_transfer(place, client, cases, currency):
    def order(number):
        return client.transfer(TransferRequest.make("10.00", number, f"order-{number}", currency, *NOTES))

    def ask(reference):
        return seen(client.get_transfer_status(reference))

    try_orders(f"{place}transfer", cases, order, ask)


def try_refund(client, collected):
    def order(case):
        name, reference = case
        return client.refund(RefundRequest.make("4.00", reference, f"order-{name}", "EUR", *NOTES))

    def ask(reference):
        return seen(client.get_refund_status(reference))

    cases = {"499": ("499", collected), **{str(number): (str(number), str(number)) for number in range(2, 14)}}
    try_orders("refund", cases, order, ask)


def try_sandbox(keys):
    momo = StandIn.create(MomoApi.ENVIRONMENT_SANDBOX)
    sandbox = momo.sandbox(keys["MTN_COLLECTIONS_PRIMARY_KEY"])
    user = sandbox.create_api_user(generate_uuid(), "localhost")
    key = sandbox.create_api_key(user)
    report("API user, API key", describe_user(user, key))
    told = sandbox.get_api_user(user)
    report("API user read back", f"{told['providerCallbackHost']}, {told['targetEnvironment']}")
    collection = momo.get_collection(Config.collection(keys["MTN_COLLECTIONS_PRIMARY_KEY"], user, key))
    disbursement = momo.get_disbursement(Config.disbursement(keys["MTN_DISBURSEMENTS_PRIMARY_KEY"], user, key))
    clients = {"collection": collection, "disbursement": disbursement}
    tokens = {name: client.get_access_token().access_token for name, client in clients.items()}
    report("token", {name: describe_token(token) for name, token in tokens.items()})
    for name, client in clients.items():
        checked = {ending: check(client, SANDBOX[ending]) for ending in CHECKED}
        report(f"active check, {name}", checked)
    before = {name: client.get_balance() for name, client in clients.items()}
    references = try_collection("", collection, SANDBOX, "EUR")
    try_transfer("", disbursement, SANDBOX, "EUR")
    after = {name: client.get_balance() for name, client in clients.items()}
    changes = {
        name: describe_change(before[name].available_balance, now.available_balance, now.currency)
        for name, now in after.items()
    }
    report("balance", changes)
    try_refund(disbursement, references["499"])
    twice = TransferRequest.make("1", SANDBOX["499"], "twice", "EUR")
    report("reference used twice", refusal(disbursement.transfer, twice, disbursement.transfer(twice)))
    report("reference unknown", refusal(collection.get_payment_status, generate_uuid()))


def try_zambia(keys):
    momo = StandIn.create(MomoApi.ENVIRONMENT_ZAMBIA)
    user, key = keys["MTN_USER_ID"], keys["MTN_API_KEY"]
    collection = momo.get_collection(Config.collection(keys["MTN_COLLECTIONS_PRIMARY_KEY"], user, key))
    disbursement = momo.get_disbursement(Config.disbursement(keys["MTN_DISBURSEMENTS_PRIMARY_KEY"], user, key))
    try_collection("Zambia ", collection, ZAMBIA_PAYERS, "ZMW")
    try_transfer("Zambia ", disbursement, ZAMBIA_PAYEES, "ZMW")


begin("mtn-momo-client")
credentials = control("credentials")
try_sandbox(credentials)
try_zambia(credentials)
