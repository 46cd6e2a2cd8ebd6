"""`flash report`: what a day came to, as people and programs read it."""

import json
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from factories import World, money
from flash.adapters.sql.columns import metadata
from flash.adapters.sql.store import SqlDatabase
from flash.cli.main import main
from flash.cli.report import as_document, as_table
from flash.usecases.figures import report_day

ROOT = Path(__file__).parents[1]

TABLE = """\
2026-11-23, from midnight to midnight in Lusaka

made                                3  K1,290.00
  still under way                   0  K0.00

ended                       completed   failed returned cancelled  success
  all                               1        1        1         0    33.3%
  from MTN MoMo                     1        1        1         0    33.3%
  to Airtel Money                   1        1        1         0    33.3%

why not
  not_enough_funds                  1  failed
  payee_limit_reached               1  returned

paid to people                         K1,200.00
fees                                   K0.00
  disbursement, Airtel Money        1  K1,200.00
  collection, MTN MoMo              2  K1,250.00
  refund, MTN MoMo                  1  K50.00

time until paid                33.0 s  half of them, 95 % within 33.0 s
people who joined                   3
cases opened                        0  0 closed
"""


def a_day(world: World) -> World:
    world.send("1200.00", payer="0960000001")
    world.send("50.00", payer="0960000002", payee="0970000072")
    world.send("40.00", payer="0960000061")
    world.pass_by(120)
    return world


def test_a_day_is_a_table_for_people_and_a_document_for_programs() -> None:
    world = a_day(World())
    told = report_day(date(2026, 11, 23), snapshot=world.database.snapshot, clock=world.clock)
    assert "\n".join(as_table(told)) + "\n" == TABLE
    document = json.loads(json.dumps(as_document(told)))
    assert document["ended"] == {"completed": 1, "failed": 1, "returned": 1, "cancelled": 0, "success_rate": 1 / 3}
    assert document["paid"] == {"ngwee": money("1200.00").minor, "kwacha": "1200.00"}
    assert {"outcome": "failed", "reason": "not_enough_funds", "count": 1} in document["reasons"]
    assert document["seconds_until_paid"] == {"median": 33.0, "p95": 33.0}


def test_the_command_reads_the_database_of_the_profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path / 'flash.db'}"
    (tmp_path / "flash.ini").write_text(
        f"[app:main]\nuse = config:{ROOT / 'development.ini'}\nsqlalchemy.url = {url}\nflash.metrics_dir = {tmp_path}\n"
    )
    world = World()
    database = SqlDatabase(url, jobs=world.jobs)
    metadata.create_all(database.engine)
    a_day(World(database))
    database.engine.dispose()

    def run(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(main, ["--ini", str(tmp_path / "flash.ini"), "report", *arguments])
        return done.exit_code, done.output

    assert run("--day", "2026-11-23") == (0, TABLE)
    code, said = run("--day", "2026-11-23", "--json")
    assert (code, json.loads(said)["made"]["count"]) == (0, 3)
    code, said = run()
    assert (code, said.count("K0.00")) == (0, 4)
    assert run("--day", "2126-11-23") == (1, "Error: This day has not begun yet.\n")
    assert run("--day", "yesterday")[0] == 2
    assert not list(tmp_path.glob("slot-*"))
