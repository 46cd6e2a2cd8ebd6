"""What members of staff do to accounts, and the trace that each change leaves."""

import pytest

from asking import asked
from desk import BWALYA, approve, held, member, open_cases, propose, reject
from factories import World, msisdn
from flash.domain.account import Staff
from flash.domain.errors import AccountLocked, BadInput, Conflict, NotAllowed, NotFound
from flash.domain.review import Verdict
from flash.usecases.staff import TierWish, add_staff, change_tier, set_lock

NUMBER = "0960000001"


@pytest.fixture
def world():
    return World()


def log(world):
    with world.database.unit_of_work() as store:
        return list(store.staff_actions.log(before=None, limit=100))


def raise_tier(world, who, *, number=NUMBER, tier=2, reason="met in person, NRC seen"):
    with world.database.unit_of_work() as store:
        return change_tier(TierWish(msisdn(number), tier, reason), who, store=store, clock=world.clock)


@pytest.mark.parametrize("role", ["finance", "admin"])
def test_a_tier_is_changed_with_a_reason_and_leaves_a_trace(world, role):
    person, who = world.person(NUMBER), member(world, role=role)
    raise_tier(world, who)
    assert world.person(NUMBER).tier == 2
    (action,) = log(world)
    assert (action.staff_id, action.action, action.subject) == (who.id, "tier.change", f"account {person.id}")
    assert (action.before, action.after, action.reason) == ("1", "2", "met in person, NRC seen")
    assert action.at == world.clock.now()


@pytest.mark.parametrize("role", ["view", "support"])
def test_other_roles_change_no_tier(world, role):
    world.person(NUMBER)
    with pytest.raises(NotAllowed):
        raise_tier(world, member(world, role=role))
    assert (world.person(NUMBER).tier, log(world)) == (1, [])


@pytest.mark.parametrize(
    ("wish", "refusal"),
    [
        ({"tier": 0}, BadInput),
        ({"tier": 4}, BadInput),
        ({"tier": 1}, Conflict),
        ({"reason": "  "}, BadInput),
        ({"reason": "x" * 501}, BadInput),
        ({"number": "0960000009"}, NotFound),
    ],
)
def test_a_change_that_makes_no_sense_leaves_no_trace(world, wish, refusal):
    world.person(NUMBER)
    with pytest.raises(refusal):
        raise_tier(world, member(world), **wish)
    assert (world.person(NUMBER).tier, log(world)) == (1, [])


def test_a_new_member_of_staff_leaves_a_trace(world):
    new = Staff(
        id=world.chance.new_id(),
        email=BWALYA,
        full_name="Bwalya Tembo",
        role="support",
        password_hash="x",
        created_at=world.clock.now(),
    )
    with world.database.unit_of_work() as store:
        add_staff(new, store=store)
    (action,) = log(world)
    assert (action.staff_id, action.action, action.subject, action.after) == (
        None,
        "staff.add",
        f"staff {new.id}",
        "support",
    )


def test_each_step_of_a_review_leaves_a_trace(world):
    held(world)
    one, other = member(world), member(world, BWALYA)
    (filed,) = open_cases(world)
    reject(world, propose(world, filed, one, Verdict.SETTLED), other)
    decision = propose(world, filed, one, Verdict.SETTLED)
    with pytest.raises(NotAllowed):
        approve(world, decision, one)
    approve(world, decision, other)
    assert [(entry.staff_id, entry.action) for entry in log(world)] == [
        (other.id, "review.approve"),
        (one.id, "review.propose"),
        (other.id, "review.reject"),
        (one.id, "review.propose"),
    ]
    assert {entry.subject for entry in log(world)[:2]} == {f"proposal {decision.id}"}


def lock(world, who, *, locked=True, number=NUMBER, reason="phone stolen, says the owner"):
    with world.database.unit_of_work() as store:
        return set_lock(msisdn(number), locked, reason, who, store=store, clock=world.clock)


def test_nothing_is_sent_or_asked_for_in_the_name_of_a_locked_account_until_it_is_unlocked(world):
    before = world.send(payer=NUMBER, key="one")
    lock(world, member(world, role="support"))
    for attempt in (lambda: world.send("26.00", payer=NUMBER), lambda: asked(world, by=NUMBER, of="0970000002")):
        with pytest.raises(AccountLocked, match="Please call us"):
            attempt()
    assert world.accept(payer=NUMBER, key="one").transfer.id == before.id
    lock(world, member(world, BWALYA, role="finance"), locked=False)
    world.send("30.00", payer=NUMBER)
    asked(world, by=NUMBER, of="0970000002")
    told = [(action.action, action.before, action.after) for action in reversed(log(world))]
    assert told == [("account.lock", "open", "locked"), ("account.unlock", "locked", "open")]


@pytest.mark.parametrize(("role", "locked"), [("view", True), ("view", False), ("support", False)])
def test_other_roles_lock_and_unlock_nothing(world, role, locked):
    world.person(NUMBER)
    if not locked:
        lock(world, member(world, BWALYA, role="admin"))
    before = log(world)
    with pytest.raises(NotAllowed):
        lock(world, member(world, role=role), locked=locked)
    assert ((world.person(NUMBER).locked_at is None) is locked, log(world)) == (True, before)


@pytest.mark.parametrize(
    ("wish", "refusal"),
    [({"locked": False}, Conflict), ({"reason": " "}, BadInput), ({"number": "0960000009"}, NotFound)],
)
def test_a_lock_that_makes_no_sense_leaves_no_trace(world, wish, refusal):
    world.person(NUMBER)
    with pytest.raises(refusal):
        lock(world, member(world, role="admin"), **wish)
    assert log(world) == []
