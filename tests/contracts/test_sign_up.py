"""Proving a phone when many try at once, on each real database."""

from factories import KEY, World, at_once, msisdn
from flash.domain.errors import Refusal
from flash.usecases.sign_up import Guess, prove_phone, send_code

NUMBER = msisdn("0960000001")


def sent(world: World, origin: str) -> str:
    with world.database.unit_of_work() as store:
        return send_code(NUMBER, origin, store=store, clock=world.clock, chance=world.chance, key=KEY)


def prove(world: World, code: str, origin: str) -> None:
    guess = Guess(msisdn=NUMBER, code=code, origin=origin)
    prove_phone(guess, unit_of_work=world.database.unit_of_work, clock=world.clock, key=KEY)


def test_the_right_code_many_times_at_once_is_one_proof(sql_world: World) -> None:
    code = sent(sql_world, "here")
    results = at_once(8, lambda _: prove(sql_world, code, "here"))
    assert results.count(None) == 1


def test_guesses_at_once_from_elsewhere_leave_the_owner_all_tries(sql_world: World) -> None:
    code = sent(sql_world, "here")
    sent(sql_world, "there")
    results = at_once(8, lambda place: prove(sql_world, "000000", "there" if place % 2 else f"nowhere {place}"))
    assert all(isinstance(one, Refusal) for one in results)
    prove(sql_world, code, "here")
