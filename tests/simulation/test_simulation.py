"""The simulation itself: it is clean, it is the same everywhere, it reaches what it is for, and it tells it shortly."""

import os
import subprocess
import sys
from itertools import pairwise

import pytest
from click.testing import CliRunner

from flash.cli.main import main
from flash.domain.transfer import State
from flash.simulation.luck import Luck
from flash.simulation.operator import ANSWERS, SUBMITS
from flash.simulation.run import run_seed
from flash.simulation.shrink import shrink
from flash.simulation.stage import Died, Stage
from simulation.planted import PLANTED

STORY = "from flash.simulation.run import run_seed; print([run_seed(seed).story for seed in range(1, 16)])"


def test_some_hundred_seeds_are_clean_and_see_everything():
    results = [run_seed(seed) for seed in range(1, 401)]
    assert [result.breaks for result in results if result.breaks] == []
    told = "\n".join(text for result in results for _, _, text in result.story)
    for fate in SUBMITS | ANSWERS:
        assert f"({fate})" in told
    for before, after in pairwise(["recorded", "collecting", "collected", "paying_out", "completed"]):
        assert f": {before} -> {after}" in told
    assert {end for result in results for end in result.ends} >= {
        state.value for state in (State.COMPLETED, State.FAILED, State.RETURNED, State.CANCELLED, State.IN_REVIEW)
    }


def test_the_sql_store_meets_the_same_faults_and_tells_the_same_story():
    for seed in range(1, 16):
        on_sql = run_seed(seed, store="sqlite")
        assert on_sql.breaks == ()
        assert on_sql.story == run_seed(seed).story


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_a_seed_is_the_same_run_whatever_python_hashes(hash_seed):
    here = str([run_seed(seed).story for seed in range(1, 16)])
    elsewhere = subprocess.run(
        [sys.executable, "-c", STORY],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    )
    assert elsewhere.stdout == here + "\n"


def test_sparing_one_stroke_leaves_the_others_as_they_were():
    def drawn(spared):
        luck = Luck(5, frozenset(spared))
        for number in range(50):
            luck.strikes(f"stroke {number}", 500)
        return luck.strokes

    every = drawn(())
    assert len(every) > 10
    assert drawn([every[3]]) == every[:3] + every[4:]


def test_two_processes_meet_in_every_order():
    orders = set()
    for seed in range(200):
        stage, seen = Stage(Luck(seed)), []

        def work(name, stage=stage, seen=seen):
            for step in (1, 2):
                seen.append(f"{name}{step}")
                stage.point("between")

        stage.start("A", lambda work=work: work("A"))
        stage.start("B", lambda work=work: work("B"))
        stage.run(10**9)
        orders.add(" ".join(seen))
    assert orders >= {"A1 A2 B1 B2", "A1 B1 A2 B2", "A1 B1 B2 A2", "A1 B1 B2"}


def test_the_end_of_a_process_wakes_nobody_out_of_turn():
    stage, seen = Stage(Luck(1)), []

    def parent():
        stage.start("child", lambda: seen.append(("child", stage.milliseconds)), 10)
        stage.pause(500)
        seen.append(("parent", stage.milliseconds, stage.actor))

    stage.start("parent", parent)
    stage.run(1000)
    assert seen == [("child", 10), ("parent", 500, "parent")]


def test_who_dies_does_nothing_more_and_a_mistake_is_kept():
    stage, seen = Stage(Luck(1)), []

    def dies():
        seen.append("alive")
        raise Died

    stage.start("one", dies)
    stage.start("two", lambda: {}["nothing"])
    stage.run(0)
    assert (seen, stage.mistakes) == (["alive"], ["two: KeyError: 'nothing'"])


def broken_run(bug, monkeypatch):
    PLANTED[bug](monkeypatch)
    return next(result for result in map(run_seed, range(1, 200)) if result.breaks)


@pytest.mark.parametrize("bug", ["a_refund_begins_on_unknown", "double_taps_are_not_folded"])
def test_a_broken_run_shrinks_to_a_short_story_of_the_same(bug, monkeypatch):
    result = broken_run(bug, monkeypatch)
    short = shrink(result)
    assert short.breaks[0].invariant == result.breaks[0].invariant
    assert len(short.strokes) < len(result.strokes)
    assert len(short.strokes) <= 5
    assert len(short.story) <= 45  # A phone rings a second time only after the first payment has ended.


def test_a_clean_run_is_not_shrunk():
    result = run_seed(1)
    assert shrink(result) is result


def flash(*arguments):
    return CliRunner().invoke(main, ["simulate", *arguments])


def test_the_command_says_that_nothing_is_broken():
    done = flash("--seeds", "3", "--first-seed", "10")
    assert done.exit_code == 0
    assert done.output.startswith("3 seeds on memory in ")
    assert done.output.endswith("Nothing is broken.\n")


def test_the_command_tells_the_story_of_a_seed():
    done = flash("--seed", "3", "--story")
    assert done.exit_code == 0
    assert "T1: recorded -> collecting" in done.output


def test_a_story_needs_a_seed():
    done = flash("--story")
    assert (done.exit_code, "name it with --seed" in done.output) == (2, True)


def test_the_command_tells_what_is_broken_in_short_and_fails(monkeypatch):
    seed = str(broken_run("a_refund_begins_on_unknown", monkeypatch).seed)
    for arguments in (("--seed", seed), ("--seed", seed, "--story"), ("--first-seed", seed, "--seeds", "1")):
        done = flash(*arguments)
        assert done.exit_code == 1
        assert f'seed {seed} breaks "' in done.output
        assert "BROKEN" in done.output
