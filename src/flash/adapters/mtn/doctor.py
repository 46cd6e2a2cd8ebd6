"""What `flash doctor mtn` finds: a look at credentials, environment, hosts and float that moves no money."""

from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import urlsplit

from flash.adapters.http import Answer, Client, NoToken, Reply, is_ip, is_loopback, json_object, text_in
from flash.adapters.mtn.answers import CONFIGURATION_ALARMS, error_code, read_balance
from flash.adapters.mtn.token import Account, Product
from flash.domain.money import Currency
from flash.ports.provider import Finding

SANDBOX = "sandbox"
SANDBOX_HOST = "sandbox.momodeveloper.mtn.com"

ENVIRONMENTS = frozenset(
    {
        SANDBOX,
        "mtnzambia",
        "mtnuganda",
        "mtnghana",
        "mtnivorycoast",
        "mtncameroon",
        "mtnbenin",
        "mtncongo",
        "mtnswaziland",
        "mtnguineaconakry",
        "mtnsouthafrica",
        "mtnliberia",
        "mtnsouthsudan",
        "mtnnigeria",
        "mtnrwanda",
    }
)
"""The names of A1. There is none called production."""

NO_API_HOSTS: Mapping[str, str] = {
    "momodeveloper.mtn.com": "is the developers' portal",
    "momoapi.mtn.com": "is the portal of the production keys",
    "ericssonbasicapi1.azure-api.net": "is a name MTN gave up",
    "ericssonbasicapi2.azure-api.net": "is a name MTN gave up",
}
"""Hosts that people take for the API (A1), and what they are."""

HOSTS_TO_USE = (
    "use https://proxy.momoapi.mtn.com or https://momoapi.momo.africa; for the sandbox https://" + SANDBOX_HOST
)


def examine(
    accounts: Mapping[Product, Account], client: Client, currency: Currency, callback_base: str
) -> Sequence[Finding]:
    """Look at everything that can be wrong before the first payment. Each product is signed in at once."""
    found: list[Finding] = []
    for product, account in accounts.items():
        token = account.token()
        found += [_host(product, account, token), _credentials(product, token), _environment(product, account)]
    found.append(_float(accounts[Product.DISBURSEMENT], currency))
    found += _callback(accounts[Product.COLLECTION], client, callback_base)
    return found


def _host(product: Product, account: Account, token: object) -> Finding:
    subject, host = f"{product} host", urlsplit(account.access.base_url).hostname or ""
    if host in NO_API_HOSTS:
        return Finding(subject, False, f"{host} {NO_API_HOSTS[host]}, not the API.", HOSTS_TO_USE)
    if isinstance(token, NoToken) and not token.reached:
        return Finding(subject, False, f"{host} did not answer: {token.why}.", "Check base_url, DNS and the firewall.")
    return Finding(subject, True, f"{host} answers.")


def _credentials(product: Product, token: object) -> Finding:
    subject = f"{product} credentials"
    if isinstance(token, NoToken):
        mend = token.mend or "Try again later; nothing is known to be wrong with the credentials."
        return Finding(subject, False, f"Not signed in: {token.why}.", f"{mend[:1].upper()}{mend[1:]}")
    return Finding(subject, True, "Signed in.")


def _environment(product: Product, account: Account) -> Finding:
    subject, name = f"{product} environment", account.access.target_env
    if name not in ENVIRONMENTS:
        told = "The target environment is none of MTN's names."
        return Finding(subject, False, told, "In production it is mtnzambia, never production; for tests sandbox.")
    in_sandbox = urlsplit(account.access.base_url).hostname == SANDBOX_HOST
    if in_sandbox != (name == SANDBOX) and not is_loopback(urlsplit(account.access.base_url).hostname or ""):
        return Finding(subject, False, f"{name} does not belong to this host.", HOSTS_TO_USE)
    return _accepted(subject, name, account.call("GET", f"/{product}/v1_0/account/balance"))


def _accepted(subject: str, name: str, reply: Reply) -> Finding:
    """Return what the balance call says of the environment: the first call to which it matters."""
    if not isinstance(reply, Answer):
        return Finding(subject, False, f"{name} could not be tried.", "Mend the credentials or the host first.")
    if reply.status == 200 and json_object(reply.body) is not None:
        return Finding(subject, True, f"{name} is accepted.")
    mend = CONFIGURATION_ALARMS.get(error_code(reply), "")
    if reply.status == 403:
        mend = "Ask MTN to put this server's address on the whitelist."
    return Finding(
        subject, False, f"With {name}, the balance was answered with HTTP {reply.status}.", mend or "Ask MTN."
    )


def _float(account: Account, currency: Currency) -> Finding:
    reply = account.call("GET", "/disbursement/v1_0/account/balance")
    amount = read_balance(reply, currency) if isinstance(reply, Answer) else None
    if amount is None:
        mend = "Check mtn.currency, and whether MTN has enabled the balance for this product."
        return Finding("float", False, "MTN does not tell the payout float.", mend)
    if amount.minor <= 0:
        return Finding("float", False, f"The payout wallet holds {amount} {currency.code}.", "Top it up.")
    return Finding("float", True, f"The payout wallet holds {amount} {currency.code}.")


def _callback(account: Account, client: Client, callback_base: str) -> Iterator[Finding]:
    subject, parts = "callback address", urlsplit(callback_base)
    host, in_sandbox = parts.hostname or "", account.access.target_env == SANDBOX
    near = is_loopback(urlsplit(account.access.base_url).hostname or "")
    if not callback_base:
        yield Finding(subject, True, "None is set, so MTN is only asked, which is slower and otherwise the same.")
    elif is_ip(host):
        yield Finding(subject, False, "MTN takes a name and no IP address.", "Set mtn.callback_base to a host name.")
    elif not in_sandbox and not near and (is_loopback(host) or parts.scheme != "https"):
        yield Finding(
            subject, False, "MTN cannot call this machine.", "Set mtn.callback_base to a public https address."
        )
    elif in_sandbox:
        yield _registered(account, client, host)
    else:
        told = f"MTN will call {host}; Flash cannot see whether that host is registered."
        yield Finding(subject, True, told)


def _registered(account: Account, client: Client, host: str) -> Finding:
    """Compare with the host of the sandbox's API user, which only the sandbox tells (A3)."""
    url = f"{account.access.base_url}/v1_0/apiuser/{account.access.user_id}"
    reply = client.call("GET", url, account.headers())
    told = json_object(reply.body) if isinstance(reply, Answer) and reply.status == 200 else None
    registered = text_in(told or {}, "providerCallbackHost")
    if registered == host:
        return Finding("callback address", True, f"MTN will call {host}, the registered host.")
    if not registered:
        return Finding("callback address", False, "The sandbox does not tell the registered host.", "Check user_id.")
    mend = "Make an API user with this host, or change mtn.callback_base."
    return Finding("callback address", False, f"{registered} is registered, and not {host}.", mend)
