"""Who may come in at Airtel, and how it answers (facts B1, B2)."""

import binascii
import re
import secrets
from base64 import b64decode
from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.padding import PKCS7

from flash.domain.money import ZMW
from flash.simulator.calls import Answered, Call, json_answer
from flash.simulator.names import Kind, Operator
from flash.simulator.presets import AIRTEL_CLIENT, AIRTEL_PIN, airtel_key, airtel_public_key
from flash.simulator.tokens import Grant

TOKEN_LIFE = timedelta(seconds=180)
COUNTRY, CURRENCY = "ZM", ZMW.code
SPACE = "airtel"

OK = "ESB000010"
FAILED = "ESB000011"
INVALID = "ESB000008"
BAD_MSISDN_LENGTH = "ESB000033"
BAD_MSISDN = "ESB000036"
ID_EXISTS = "ESB000041"
NOT_FOUND = "ESB000045"
AMBIGUOUS = "ESB000001"

_BLOCK = 16


class AirtelAnswers:
    """How Airtel says what any API may say."""

    def unauthorised(self) -> Any:
        """The token is not valid."""
        return json_answer(403, {"error": "invalid_token", "error_description": "The access token is not valid."})

    def unavailable(self) -> Any:
        """Down."""
        return json_answer(503, {"message": "The upstream server is currently unavailable"})

    def throttled(self) -> Any:
        """Too many calls."""
        return json_answer(429, {"message": "API rate limit exceeded"})

    def broken(self) -> Any:
        """Something went wrong inside."""
        return json_answer(500, {"message": "An unexpected error occurred"})

    def unknown(self) -> Any:
        """A status query about nothing, which Airtel's gateway cannot tell from an outage."""
        return json_answer(404, {"message": "no Route matched with those values"})


def envelope(code: str, message: str, *, result: str = OK, success: bool, data: Any = None) -> Any:
    """Return an answer in Airtel's envelope, always with HTTP 200.

    Args:
        code: the response code, like DP00800001006; empty for none.
        message: for people.
        result: the result code, like ESB000010.
        success: whether it went well.
        data: what goes beside the status.
    """
    if code.startswith(("ESB", "ROUTER")):
        code, result = "", code
    status = {"code": "200" if success else "500", "message": message, "result_code": result, "success": success}
    if code:
        status["response_code"] = code
    return json_answer(200, {"data": data or {}, "status": status})


def failure(code: str, message: str, *, result: str = FAILED, data: Any = None) -> Any:
    """Return a business failure: HTTP 200 that says no."""
    return envelope(code, message, result=result, success=False, data=data)


def invalid(message: str) -> Answered:
    """Return the refusal of a request that breaks the form."""
    return Answered(failure("", message, result=INVALID))


# --- Token


def token(call: Call) -> Any:
    """POST /auth/oauth2/token."""
    body = call.body()
    if not isinstance(body, dict):
        return json_answer(400, {"error": "invalid_request", "error_description": "The body is not JSON."})
    if body.get("grant_type") != "client_credentials":
        return json_answer(400, {"error": "unsupported_grant_type", "error_description": "Use client_credentials."})
    client, secret = body.get("client_id"), body.get("client_secret")
    if not (_equal(client, AIRTEL_CLIENT[0]) and _equal(secret, AIRTEL_CLIENT[1])):
        return json_answer(401, {"error": "invalid_client", "error_description": "Client authentication failed"})
    grant = Grant(Operator.AIRTEL, SPACE, "", AIRTEL_CLIENT[0], call.simulator.clock.now() + TOKEN_LIFE)
    issued = call.simulator.tokens.issue(grant)
    # The life is text, unlike anywhere else.
    return json_answer(200, {"access_token": issued, "expires_in": "180", "token_type": "bearer"})


def _equal(given: object, right: str) -> bool:
    return isinstance(given, str) and secrets.compare_digest(given.encode(), right.encode())


# --- Every call


def check_token(call: Call) -> None:
    """Check the token only.

    Raises:
        Answered: it is missing, unknown or too old.
    """
    grant = call.simulator.tokens.find(call.bearer(), call.simulator.clock.now())
    if not grant or grant.operator is not Operator.AIRTEL:
        raise Answered(call.operation.answers.unauthorised())


def enter(call: Call) -> None:
    """Let a caller in, or not.

    Raises:
        Answered: the token, the country or the currency is not right.
    """
    check_token(call)
    if call.header("X-Country") != COUNTRY:
        raise invalid("X-Country is missing or not served here")
    if call.header("X-Currency") != CURRENCY:
        raise invalid("X-Currency is missing or not served here")


# --- Secrets in bodies and headers


def pin_is_right(text: object, *, version: str) -> bool:
    """Whether an encrypted PIN is ours: PKCS#1 v1.5 in v1 and v2, OAEP with SHA-256 in v3."""
    if version == "v3":
        scheme: Any = padding.OAEP(mgf=padding.MGF1(SHA256()), algorithm=SHA256(), label=None)
    else:
        scheme = padding.PKCS1v15()
    pin = _decrypt(text, scheme)
    return pin is not None and secrets.compare_digest(pin, AIRTEL_PIN.encode())


def _decrypt(text: object, scheme: Any) -> bytes | None:
    if not isinstance(text, str):
        return None
    try:
        return airtel_key().decrypt(b64decode(text, validate=True), scheme)
    except (binascii.Error, ValueError):
        return None


def check_signature(call: Call, kind: Kind) -> None:
    """Check the signature of an order, where signing is switched on.

    x-key is RSA over `key:iv`, both in base64; x-signature is the body under AES-256-CBC with them.

    Raises:
        Answered: it is missing or wrong.
    """
    if call.simulator.knobs.airtel_signing and not _is_signed(call):
        code = "DP00800001026" if kind is Kind.COLLECTION else "DP00900001016"
        raise Answered(failure(code, "Invalid signature"))


def _is_signed(call: Call) -> bool:
    opened = _decrypt(call.header("x-key"), padding.PKCS1v15())
    key, _, iv = (opened or b"").partition(b":")
    try:
        cipher = Cipher(algorithms.AES256(b64decode(key)), modes.CBC(b64decode(iv)))
        decryptor, unpadder = cipher.decryptor(), PKCS7(8 * _BLOCK).unpadder()
        padded = decryptor.update(b64decode(call.header("x-signature") or "")) + decryptor.finalize()
        return bool(unpadder.update(padded) + unpadder.finalize() == call.request.body)
    except (binascii.Error, ValueError):
        return False


def encryption_keys(call: Call) -> Any:
    """GET /v1/rsa/encryption-keys: what x-key is encrypted with."""
    check_token(call)
    valid_upto = (call.simulator.clock.now() + timedelta(days=365)).strftime("%Y-%m-%d %H:%M:%S")
    return envelope(
        "", "SUCCESS", success=True, data={"key_id": "1", "key": airtel_public_key(), "valid_upto": valid_upto}
    )


_MSISDN = re.compile(r"[5-9]\d{8}")


def read_msisdn(text: object) -> str:
    """Return a number with its country code; Airtel wants nine digits without it.

    Raises:
        Answered: it is spelt otherwise.
    """
    if not isinstance(text, str) or not text.isdigit() or len(text) != 9:
        raise Answered(failure("", "MSISDN must have 9 digits", result=BAD_MSISDN_LENGTH))
    if not _MSISDN.fullmatch(text):
        raise Answered(failure("", "Invalid MSISDN", result=BAD_MSISDN))
    return f"260{text}"
