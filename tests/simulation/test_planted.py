"""Every planted bug is found, and every invariant finds one that no other finds."""

from itertools import count

import pytest

from flash.simulation.invariants import INVARIANTS
from flash.simulation.run import run_seed
from simulation.planted import PLANTED

MOST_SEEDS = 500
"""Within so many seeds each bug is found."""

A_FEW_SEEDS = 100
"""So many are enough to see what finds a bug, and what never does."""

ONLY_FOUND_BY = {
    "the journal agrees": "contradictions_are_ignored",
    "money moves once": "a_contradicted_payout_is_sent_anew",
    "intent before call": "another_amount_is_sent_than_was_stored",
    "ends are proven": "evidence_is_stored_later",
    "ends are final": "a_failed_transfer_can_be_cancelled",
    "one prompt": "double_taps_are_not_folded",
    "one at a time": "a_phone_shows_several_payments",
    "everything ends": "the_sweep_skips_a_state",
    "limits return": "the_limit_is_reserved_later",
    "floats return": "the_float_of_completed_payouts_stays_reserved",
    "answers stay": "a_failed_transfer_is_not_found",
    "where the money is": "money_under_way_is_said_to_be_in_our_float",
    "the audit is clean": "a_step_is_not_told",
    "nothing breaks": "the_first_doubt_breaks_the_worker",
}
"""For each invariant a bug that would go unseen without it (docs/adr/0012-proof-by-seed.md has the whole table)."""


@pytest.mark.parametrize("bug", PLANTED)
def test_a_planted_bug_is_found(bug, monkeypatch):
    PLANTED[bug](monkeypatch)
    seed = next(seed for seed in count(1) if seed > MOST_SEEDS or run_seed(seed).breaks)
    assert seed <= MOST_SEEDS


def test_every_invariant_has_a_bug_of_its_own():
    assert list(ONLY_FOUND_BY) == [invariant.name for invariant in INVARIANTS]


@pytest.mark.parametrize("invariant", ONLY_FOUND_BY)
def test_without_an_invariant_a_bug_would_go_unseen(invariant, monkeypatch):
    PLANTED[ONLY_FOUND_BY[invariant]](monkeypatch)
    results = [run_seed(seed, observing=True) for seed in range(1, A_FEW_SEEDS + 1)]
    assert {broken.invariant for result in results for broken in result.breaks} == {invariant}
