"""Cursors: where a list goes on, in a form that cannot be made up, and that is good for one person and one list."""

import base64
import binascii
import hmac
from datetime import UTC, datetime, timedelta
from uuid import UUID

from flash.domain.errors import BadInput
from flash.domain.history import Place

MAC_BYTES = 12
TIME_BYTES = 8
LENGTH = TIME_BYTES + 16 + MAC_BYTES
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class BadCursor(BadInput):
    """The cursor was not made for this person and this list, or was changed."""

    code = "bad_cursor"
    text = "This page cannot be found. Please start the list again."


def cursor_of(place: Place, *, key: bytes, scope: str) -> str:
    """Return the cursor of a place.

    Args:
        place: the last row that was looked at.
        key: of the keyed digest.
        scope: whose list it is, and which.
    """
    content = ((place.at - EPOCH) // timedelta(microseconds=1)).to_bytes(TIME_BYTES) + place.id.bytes
    return base64.urlsafe_b64encode(content + _mac(content, key, scope)).decode()


def place_of(cursor: str, *, key: bytes, scope: str) -> Place:
    """Return the place of a cursor. It says where to go on by itself, so nothing has to be there any more.

    Raises:
        BadCursor: it is somebody else's, or of another list, or none at all; which of them is not told.
    """
    try:
        packed = base64.b64decode(cursor, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadCursor(field="cursor") from error
    content, mac = packed[:-MAC_BYTES], packed[-MAC_BYTES:]
    if len(packed) != LENGTH or not hmac.compare_digest(mac, _mac(content, key, scope)):
        raise BadCursor(field="cursor")
    at = EPOCH + timedelta(microseconds=int.from_bytes(content[:TIME_BYTES]))
    return Place(at, UUID(bytes=content[TIME_BYTES:]))


def _mac(content: bytes, key: bytes, scope: str) -> bytes:
    return hmac.digest(key, b"flash cursor 1\0" + scope.encode() + b"\0" + content, "sha256")[:MAC_BYTES]
