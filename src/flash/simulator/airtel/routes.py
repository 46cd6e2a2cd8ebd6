"""Where Airtel's operations are. Its gateway takes a path with and without a last slash."""

from collections.abc import Iterator

from flash.simulator.airtel import accounts, door, orders
from flash.simulator.airtel.door import AirtelAnswers
from flash.simulator.calls import Operation, Route, View
from flash.simulator.faults import Role
from flash.simulator.names import Operator

_TWO, _THREE = "{version:v[12]}", "{version:v[123]}"

_ROUTES: tuple[tuple[str, str, str, Role, View], ...] = (
    ("POST", "/auth/oauth2/token", "token", Role.TOKEN, door.token),
    ("GET", "/v1/rsa/encryption-keys", "encryption-keys", Role.OTHER, door.encryption_keys),
    ("POST", f"/merchant/{_TWO}/payments", "collection", Role.ORDER, orders.collect),
    # Before the enquiry, for "refund" could be an id.
    ("POST", f"/standard/{_TWO}/payments/refund", "refund", Role.ORDER, orders.refund),
    ("GET", f"/standard/{_TWO}/payments/{{id}}", "collection.status", Role.STATUS, orders.enquire_collection),
    ("POST", f"/standard/{_THREE}/disbursements", "disbursement", Role.ORDER, orders.disburse),
    (
        "GET",
        f"/standard/{_THREE}/disbursements/{{id}}",
        "disbursement.status",
        Role.STATUS,
        orders.enquire_disbursement,
    ),
    # Before the user, for "balance" could be a number.
    ("GET", f"/standard/{_TWO}/users/balance", "balance", Role.OTHER, accounts.balance),
    ("GET", f"/standard/{_TWO}/users/{{msisdn}}", "user", Role.OTHER, accounts.user),
)


def routes() -> Iterator[Route]:
    """Yield every route."""
    for method, path, name, role, view in _ROUTES:
        operation = Operation(Operator.AIRTEL, name, role, AirtelAnswers())
        for ending in ("", "/"):
            yield method, path + ending, operation, view
