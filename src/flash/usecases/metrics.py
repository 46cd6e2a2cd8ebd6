"""The metrics, for a monitoring system that knows the token."""

import hmac
from dataclasses import dataclass

from flash.ports.meter import Page, Presence, ShownMeter
from flash.usecases.lookout import Lookout


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """What is counted in this process, and shown for all of the machine.

    Attributes:
        token: what opens them; while there is none, they are shown to nobody.
    """

    meter: ShownMeter
    presence: Presence
    lookout: Lookout
    token: str = ""

    def page(self, authorization: str) -> Page | None:
        """Return them to whoever sends `Bearer` and the token in this header; None to everybody else."""
        scheme, _, sent = authorization.partition(" ")
        opens = hmac.compare_digest(sent.strip().encode(), self.token.encode())
        if not self.token or scheme.lower() != "bearer" or not opens:
            return None
        return self.meter.page(self.lookout.look())
