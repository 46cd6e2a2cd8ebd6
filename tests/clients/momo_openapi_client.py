"""PyPI momo-openapi on the stand-in: the sandbox at its root, Zambia on the platform of 2026."""

from functools import partial
from uuid import uuid4

import momo_openapi.sandbox
from momo_openapi import Collection, Disbursement, MomoAPIError, MomoConfig, provision_sandbox_user
from trial import (
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
    lacks,
    report,
    try_orders,
)


def order(client, number):
    send = client.request_to_pay if isinstance(client, Collection) else client.transfer
    return send("10.00", number, f"order-{number}", payer_message="Rent", payee_note="Rent")


def ask(client, reference):
    told = client.get_transaction_status(reference)
    return Seen(
        status=told["status"],
        reason=told.get("reason"),
        amount=told["amount"],
        currency=told["currency"],
        party=(told.get("payer") or told.get("payee"))["partyId"],
        external_id=told["externalId"],
        operator_id=told.get("financialTransactionId"),
    )


def refusal(call, *arguments, **options):
    try:
        call(*arguments, **options)
    except MomoAPIError as error:
        return error.code
    return "not refused"


def try_both(place, collection, disbursement, payers, payees):
    for kind, client, cases in (("request to pay", collection, payers), ("transfer", disbursement, payees)):
        try_orders(f"{place}{kind}", cases, partial(order, client), partial(ask, client))


def try_sandbox(keys):
    # Provisioning has no option for its host; a client's own is `base_url`.
    momo_openapi.sandbox.SANDBOX_URL = URL
    user, key = provision_sandbox_user(keys["MTN_COLLECTIONS_PRIMARY_KEY"])
    report("API user, API key", describe_user(user, key))
    collection = Collection(MomoConfig(keys["MTN_COLLECTIONS_PRIMARY_KEY"], user, key, "sandbox", URL, currency="EUR"))
    disbursement = Disbursement(
        MomoConfig(keys["MTN_DISBURSEMENTS_PRIMARY_KEY"], user, key, "sandbox", URL, currency="EUR")
    )
    clients = (collection, disbursement)
    report("token", {client.product: describe_token(client.get_access_token()) for client in clients})
    before = {client.product: client.get_balance() for client in clients}
    try_both("", collection, disbursement, SANDBOX, SANDBOX)
    changes = {}
    for client in clients:
        now = client.get_balance()
        was = before[client.product]["availableBalance"]
        changes[client.product] = describe_change(was, now["availableBalance"], now["currency"])
    report("balance", changes)
    reference = disbursement.transfer("1", SANDBOX["499"], "twice")
    again = refusal(disbursement.transfer, "1", SANDBOX["499"], "twice", reference_id=reference)
    report("reference used twice", again)
    report("reference unknown", refusal(collection.get_transaction_status, str(uuid4())))


def try_zambia(keys):
    user, key, url = keys["MTN_USER_ID"], keys["MTN_API_KEY"], keys["MTN_COLLECTIONS_BASE_URL"]
    collections, disbursements = keys["MTN_COLLECTIONS_PRIMARY_KEY"], keys["MTN_DISBURSEMENTS_PRIMARY_KEY"]
    collection = Collection(MomoConfig(collections, user, key, "mtnzambia", url, currency="ZMW"))
    disbursement = Disbursement(MomoConfig(disbursements, user, key, "mtnzambia", url, currency="ZMW"))
    try_both("Zambia ", collection, disbursement, ZAMBIA_PAYERS, ZAMBIA_PAYEES)


begin("momo-openapi")
lacks("API user read back", "active check, collection", "active check, disbursement")
lacks("refund, pending", "refund, successful", "refund, failed")
try_sandbox(control("credentials"))
try_zambia(control("credentials?platform=africa"))
