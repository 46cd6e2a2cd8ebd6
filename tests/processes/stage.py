"""Flash with the settings of production, on the stand-ins for MTN and Airtel, in processes of their own."""

from dataclasses import dataclass
from typing import Any

import requests

from factories import World
from processes.profile import Profile

FAST = {
    "mtn.read_timeout_s": "1",
    "airtel.read_timeout_s": "1",
    "flash.grace_s": "4",
    "flash.lease_s": "12",
    "flash.prompt_life_s": "60",
    "flash.circuits.open_s": "2",
    "flash.circuits.failures": "12",
    "flash.rate.send": "1000 per minute",
    "flash.allowed_hosts": "*",
}
"""In what a rehearsal is less patient than production, and lets its few people send more."""


@dataclass
class Staging:
    """Flash with the settings of production, and the stand-ins it talks to."""

    profile: Profile
    world: World
    simulator: str
    environ: dict[str, str]

    def control(self, path: str, **body: Any) -> Any:
        answer = requests.post(f"{self.simulator}/control/{path}", json=body, timeout=10)
        assert answer.ok, answer.text
        return answer.json()

    def look(self, path: str) -> Any:
        return requests.get(f"{self.simulator}/control/{path}", timeout=30).json()

    def orders(self) -> list[Any]:
        return list(self.look("orders")["orders"])


def answers(url: str) -> bool:
    """Whether somebody answers there that all is well."""
    try:
        return requests.get(url, timeout=5).ok
    except requests.ConnectionError:
        return False
