"""What MTN is sent: a leg in, paths and bodies out (facts/momo_api.md A5, A9)."""

import json
import re
import unicodedata
from collections.abc import Mapping

from flash.domain.leg import Kind, Leg
from flash.domain.money import Currency

PATHS: Mapping[Kind, str] = {
    Kind.COLLECTION: "/collection/v1_0/requesttopay",
    Kind.DISBURSEMENT: "/disbursement/v1_0/transfer",
    # v2_0 takes the same order, but is only asked about at v1_0 (A9); one version throughout is one less to go wrong.
    Kind.REFUND: "/disbursement/v1_0/refund",
}

LONGEST_MESSAGE = 160
NAMELESS = "Flash"
"""Said where nothing of a message can be said."""

_SPELLED = str.maketrans(
    {"&": " and ", "'": "", "\u2019": "", "\u2018": "", "\u014b": "n", "\u014a": "N", "\u00df": "ss", "\u00f8": "o"}
)
"""What has no accent to drop. An apostrophe goes without a trace; the letter eng is a plain one in most phones."""

_NOT_PLAIN = re.compile(r"[^A-Za-z0-9 .,-]+")
"""MTN names ampersand and apostrophe and means "special characters" (A5), so what surely is none is kept."""


def body_of(leg: Leg, currency: Currency) -> bytes:
    """Return the body of the order for a leg, with its amount under the currency that MTN takes."""
    message = plain(leg.message)
    party = {"partyIdType": "MSISDN", "partyId": leg.party.digits}
    about: Mapping[Kind, Mapping[str, object]] = {
        Kind.COLLECTION: {"payer": party},
        Kind.DISBURSEMENT: {"payee": party},
        Kind.REFUND: {"referenceIdToRefund": str(leg.refunds)},
    }
    order = {
        "amount": str(leg.amount),
        "currency": currency.code,
        "externalId": str(leg.reference),
        **about[leg.kind],
        "payerMessage": message,
        "payeeNote": message,
    }
    return json.dumps(order).encode()


def plain(text: str) -> str:
    """Return a message as MTN takes it: unaccented, without special characters, whole words, and never empty."""
    unaccented = unicodedata.normalize("NFKD", text.translate(_SPELLED))
    letters = "".join(letter for letter in unaccented if not unicodedata.combining(letter))
    words = " ".join(_NOT_PLAIN.sub(" ", letters).split())
    if len(words) > LONGEST_MESSAGE:
        words = words[: LONGEST_MESSAGE + 1].rpartition(" ")[0] or words[:LONGEST_MESSAGE]
    return words if any(map(str.isalnum, words)) else NAMELESS
