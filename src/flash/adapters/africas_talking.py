"""Short messages by Africa's Talking, which reaches the phones of all operators in Zambia.

One message a call, form-encoded. POST /version1/messaging with `username`, `to`, `message` and, where one is
registered, the alphanumeric sender as `from`; the key goes in the header `apiKey`. The answer is 201 with a status code
per recipient: 100 to 102 mean that it was taken, 403 to 409 that this number cannot be reached, except 405, which means
that our account is empty, and 5xx trouble on their side (Africa's Talking, "SMS status codes").

Its API promises nothing about a message that it gets twice. The id goes along all the same, as `Idempotency-Key`.
"""

import logging
from dataclasses import dataclass, field
from urllib.parse import urlencode
from uuid import UUID

from flash.adapters.http import Answer, Client, base_url, header_text, json_object, object_in, text_in
from flash.domain.message import Delivery
from flash.domain.msisdn import Msisdn
from flash.ports.messenger import Messenger
from flash.settings import Settings, above_zero

log = logging.getLogger(__name__)

PATH = "/version1/messaging"
TAKEN = frozenset({"100", "101", "102"})
UNREACHABLE = frozenset({"403", "404", "406", "407", "409"})
"""The number is none, of a kind that gets no messages, has said that it wants none, or has no route."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who we are at Africa's Talking.

    Attributes:
        sender: what phones show as the sender, once registered; empty for theirs.
    """

    base_url: str
    username: str
    api_key: str = field(repr=False)
    sender: str


class AfricasTalking:
    """See `ports.messenger.Messenger`."""

    shows_codes = False

    def __init__(self, account: Account, client: Client) -> None:
        self._account = account
        self._client = client

    def send(self, message_id: UUID, to: Msisdn, text: str) -> Delivery:
        """See `ports.messenger.Messenger`."""
        account = self._account
        headers = {
            "apiKey": account.api_key,
            "Accept": "application/json",
            "Content-Type": "application/x-www-form-urlencoded",
            "Idempotency-Key": str(message_id),
        }
        form = {"username": account.username, "to": to.e164, "message": text}
        if account.sender:
            form["from"] = account.sender
        reply = self._client.call("POST", account.base_url + PATH, headers, urlencode(form).encode())
        if not isinstance(reply, Answer):
            log.warning("message %s: no answer from Africa's Talking (%s)", message_id, reply.word)
            return Delivery.UNCLEAR
        delivery, trouble = read_answer(reply)
        if trouble:
            log.warning("message %s: Africa's Talking says %s", message_id, trouble)
        return delivery


def read_answer(answer: Answer) -> tuple[Delivery, str]:
    """Return what an answer means, and what is wrong in a few words; empty when nothing is."""
    told = object_in(json_object(answer.body) or {}, "SMSMessageData")
    recipients = told.get("Recipients")
    first = recipients[0] if isinstance(recipients, list) and recipients else None
    if answer.status not in (200, 201) or not isinstance(first, dict):
        # Their one word about the whole, like InvalidSenderId; longer texts may quote what we sent.
        word = text_in(told, "Message", 40)
        return Delivery.UNCLEAR, f"HTTP {answer.status} {word if word.isalpha() else ''}".strip()
    code = text_in(first, "statusCode", 8)
    if code in TAKEN:
        return Delivery.ACCEPTED, ""
    return (Delivery.REFUSED if code in UNREACHABLE else Delivery.UNCLEAR), f"status {code}"


def from_settings(settings: Settings) -> Messenger:
    """Build it from `africas_talking.*`; it connects at the first message."""
    with settings.reading() as read:
        account = Account(
            base_url=read("africas_talking.base_url", base_url),
            username=read("africas_talking.username", str),
            api_key=read("africas_talking.api_key", header_text),
            sender=read("africas_talking.sender", str, ""),
        )
        connect_s = read("africas_talking.connect_timeout_s", above_zero)
        read_s = read("africas_talking.read_timeout_s", above_zero)
    return AfricasTalking(account, Client(connect_s, read_s))
