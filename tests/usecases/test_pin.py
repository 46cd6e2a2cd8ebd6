"""Setting a PIN, changing it, and confirming with it."""

from datetime import timedelta

import pytest

from factories import PASSWORDS, World, money
from flash.domain.errors import BadInput, Refusal, TooSoon
from flash.domain.pin import PinRequired, PinRules
from flash.usecases.pin import PinDesk, change_pin, confirm

RIGHT, OTHER, WRONG = "271828", "904021", "000001"


class Person:
    """A person with a PIN, and the desk that looks after it."""

    def __init__(self, world, *, pin=RIGHT):
        self.world = world
        self.account = world.person()
        self.keys = {1: b"the first key"}
        if pin:
            self.change("anything", pin)

    @property
    def desk(self):
        rules = PinRules(self.keys, money("500.00"))
        world = self.world
        return PinDesk(unit_of_work=world.database.unit_of_work, clock=world.clock, passwords=PASSWORDS, rules=rules)

    @property
    def pin(self):
        with self.world.database.unit_of_work() as store:
            return store.pins.get(self.account.id)

    def change(self, current, new):
        change_pin(current, new, self.account, desk=self.desk)

    def confirm(self, pin=RIGHT, amount="500.01"):
        confirm(self.account, money(amount), pin, desk=self.desk)

    def refused(self, pin=WRONG):
        with pytest.raises(Refusal) as refusal:
            self.confirm(pin)
        return refusal.value


@pytest.fixture
def person():
    return Person(World())


def test_the_first_pin_takes_any_current_one(person):
    person.confirm()


def test_another_pin_takes_the_current_one(person):
    with pytest.raises(BadInput, match="4 more tries") as refusal:
        person.change(WRONG, OTHER)
    assert refusal.value.field == "current_pin"
    person.change(RIGHT, OTHER)
    person.confirm(OTHER)
    person.refused(RIGHT)


def test_a_pin_that_cannot_be_one_costs_no_try(person):
    with pytest.raises(BadInput):
        person.change(WRONG, "123456")
    assert person.pin.tries == 0


def test_only_what_is_large_needs_a_pin(person):
    person.confirm(None, "500.00")
    with pytest.raises(PinRequired) as refusal:
        person.confirm(None)
    assert (refusal.value.code, refusal.value.field) == ("pin_required", "pin")


def test_whoever_has_no_pin_is_never_asked():
    Person(World(), pin=None).confirm(None)


def test_a_thousand_pins_are_tried_and_five_of_them_counted(person):
    refusals = [person.refused(f"{number:06d}") for number in range(1000)]
    assert [type(one) for one in refusals] == [BadInput] * 5 + [TooSoon] * 995
    assert "try again in 1 minute" in refusals[-1].text
    assert person.pin.tries == 5
    assert isinstance(person.refused(RIGHT), TooSoon)


def test_after_a_lock_there_is_one_try_and_a_longer_lock(person):
    for _ in range(5):
        person.refused()
    person.world.clock.pass_by(timedelta(minutes=1))
    assert isinstance(person.refused(), BadInput)
    locked = person.refused(RIGHT)
    assert (type(locked), locked.wait) == (TooSoon, timedelta(minutes=5))
    person.world.clock.pass_by(timedelta(minutes=5))
    person.confirm()
    assert (person.pin.tries, person.pin.locked_until) == (0, None)


def test_the_right_pin_forgets_the_wrong_ones(person):
    for _ in range(4):
        person.refused()
    person.confirm()
    for _ in range(4):
        assert isinstance(person.refused(), BadInput)
    person.confirm()


def test_what_an_older_key_made_is_understood_and_made_anew(person):
    person.keys = {1: b"the first key", 2: b"the second key"}
    person.confirm()
    assert person.pin.key_version == 2
    person.keys = {2: b"the second key"}
    person.confirm()


def test_a_pin_that_an_older_key_made_can_be_changed_at_once(person):
    person.keys = {1: b"the first key", 2: b"the second key"}
    person.change(RIGHT, OTHER)
    assert person.pin.key_version == 2


def test_without_its_key_no_pin_is_right(person):
    person.keys = {2: b"the second key"}
    person.refused(RIGHT)


def test_a_pin_is_not_stored_in_clear_and_differs_between_people(person):
    with person.world.database.unit_of_work() as store:
        assert RIGHT not in str(store.tables)
    rules = PinRules({1: b"key"})
    ours, theirs = person.account.id, person.world.person("0970000002").id
    assert rules.digest(1, ours, RIGHT) != rules.digest(1, theirs, RIGHT)
