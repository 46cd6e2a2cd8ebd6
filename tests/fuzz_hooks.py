"""What schemathesis has to know of Flash: how a person signs in, and a partner's program. See fuzz.py."""

import os
from typing import Any

import schemathesis

from contracts.test_partners import a_key
from fuzz import PERSON
from processes.profile import look_into, token_of

NUMBER = "0960000001"

if os.environ["FUZZ_AS"] == PERSON:
    world = look_into(os.environ["FUZZ_DATABASE"])
    key = a_key(world)

    @schemathesis.auth(refresh_interval=None)
    class AsAPerson:
        """A new token for each call, because calls sign out, and an account that is there, because they close it."""

        def get(self, _case: Any, _context: Any) -> str:
            world.person(NUMBER, tier=2)  # Who may send lists.
            return token_of(world, NUMBER)

        def set(self, case: Any, token: str, _context: Any) -> None:
            for_partners = case.operation.path.startswith("/api/partner/")
            case.headers["Authorization"] = f"Bearer {key}" if for_partners else f"Token {token}"
