"""Sign-ins of browsers beside those of programs, by the same rules in every store."""

from dataclasses import replace
from datetime import timedelta

import pytest

from factories import World
from flash.domain.account import Token, TokenKind, WebSession
from flash.domain.errors import SessionLocked


def test_a_browsers_token_and_a_programs_are_never_taken_for_each_other(world: World) -> None:
    account, now = world.person(), world.clock.now()
    program = Token(digest="p", account_id=account.id, created_at=now, expires_at=now + timedelta(1))
    browser = replace(program, digest="b", kind=TokenKind.WEB)
    with world.database.unit_of_work() as store:
        store.accounts.add_token(program)
        store.accounts.add_token(browser)
        for stays in (False, True):
            assert store.accounts.by_token("p", now, stays=stays) == account
            assert store.accounts.by_token("b", now, stays=stays) is None
            found = store.accounts.web_session("b", now, stays=stays)
            assert found == WebSession(account=account, token=browser)
            assert store.accounts.web_session("p", now, stays=stays) is None
        assert store.accounts.web_session("b", now + timedelta(1)) is None
        assert {one.kind for one in store.accounts.tokens(account.id, now, limit=9)} == set(TokenKind)
        store.accounts.revoke_token("b", now)
        assert store.accounts.web_session("b", now) is None


def test_one_browser_is_locked_and_unlocked_and_no_other(world: World) -> None:
    account, now = world.person(), world.clock.now()
    with world.database.unit_of_work() as store:
        for name in ("a", "b"):
            token = Token(
                digest=name, account_id=account.id, created_at=now, expires_at=now + timedelta(1), kind=TokenKind.WEB
            )
            store.accounts.add_token(token)
        store.accounts.lock_token("a", now)
        store.accounts.lock_token("unknown", now)
    with world.database.unit_of_work() as store:
        locked, other = store.accounts.web_session("a", now), store.accounts.web_session("b", now)
        assert locked
        assert locked.token.locked_at == now
        assert other
        assert other.token.locked_at is None
        with pytest.raises(SessionLocked):
            locked.check_unlocked()
        other.check_unlocked()
        store.accounts.lock_token("a", None)
        assert store.accounts.web_session("a", now) == replace(locked, token=replace(locked.token, locked_at=None))
