"""How values look in answers, where several views show the same."""

from datetime import datetime


def instant(moment: datetime) -> str:
    """Return an instant in ISO 8601, as JavaScript writes it too: with a Z."""
    return moment.isoformat().replace("+00:00", "Z")
