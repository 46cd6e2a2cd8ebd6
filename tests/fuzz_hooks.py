"""What schemathesis has to know of Flash: how a person signs in, also in a browser, and a program. See fuzz.py."""

import os
from typing import Any

import schemathesis

from contracts.test_partners import a_key
from flash.domain.account import TokenKind, csrf_token, token_digest
from flash.web.security import COOKIE, CSRF
from flash.wiring import DEMO_SECRET
from fuzz import PERSON
from processes.profile import look_into, token_of

NUMBER = "0960000001"
IN_BROWSERS = {"/api/auth/session/", "/api/auth/lock/", "/api/auth/unlock/"}

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
            if case.operation.path in IN_BROWSERS:
                cookie = token_of(world, NUMBER, TokenKind.WEB)
                case.cookies[COOKIE] = cookie
                case.headers[CSRF] = csrf_token(DEMO_SECRET.encode(), token_digest(cookie))
                return
            for_partners = case.operation.path.startswith("/api/partner/")
            case.headers["Authorization"] = f"Bearer {key}" if for_partners else f"Token {token}"
