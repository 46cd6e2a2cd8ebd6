"""Alerts, recording rules and the dashboard: they are valid, do what they say, and speak of series that there are."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from flash.adapters.memory import MemoryClock
from flash.adapters.prometheus_meter import PrometheusMeter
from flash.domain import message
from flash.domain.circuit import Circuit, Flow, Operation
from flash.domain.money import Money
from flash.domain.routing import Operator
from flash.domain.standing import Backlog, Standing, Waiting
from flash.domain.transfer import State
from tools import program

ROOT = Path(__file__).parents[1]
PROMETHEUS = ROOT / "deploy" / "prometheus"
RULES = [PROMETHEUS / name for name in ("alerts.rules.yml", "recording.rules.yml")]
DASHBOARD = json.loads((ROOT / "deploy" / "grafana" / "flash.json").read_text())


def rules() -> list[dict[str, Any]]:
    groups = [group for path in RULES for group in yaml.safe_load(path.read_text())["groups"]]
    return [rule for group in groups for rule in group["rules"]]


def alerts() -> list[dict[str, Any]]:
    return [rule for rule in rules() if "alert" in rule]


def panel_expressions() -> Iterator[str]:
    yield from (target["expr"] for panel in DASHBOARD["panels"] for target in panel.get("targets", ()))


def exported() -> dict[str, set[str]]:
    """Return every series that /metrics can show, with its labels."""
    some = Waiting(1, MemoryClock().now())
    backlog = Backlog(
        due=some,
        open={State.RECORDED: (1, Money(1))},
        messages={message.Kind.CODE: some},
        cases=some,
        events=some,
        events_held=some,
    )
    flows = {Circuit(Operator.MTN, Operation.QUERY): Flow.OPEN}
    standing = Standing(at=MemoryClock().now(), backlog=backlog, woken=1, flows=flows, people=1)
    meter = PrometheusMeter()
    meter.note()
    page = meter.page(standing).body.decode()
    shown = {
        match[1]: set(re.findall(r'(\w+)="', match[0])) for match in re.finditer(r"^(flash_\w+)[{ ].*", page, re.M)
    }
    counted = vars(meter._opened).values()
    labels = {one._name: set(one._labelnames) for one in counted if hasattr(one, "_labelnames")}
    kinds = {one._name: one._type for one in counted if hasattr(one, "_labelnames")}
    for name, theirs in labels.items():
        ends = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)}[kinds[name]]
        shown |= {f"{name}{end}": theirs | ({"le"} if end == "_bucket" else set()) for end in ends}
    return shown


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "rules", *map(str, RULES)),
        ("check", "config", "--syntax-only", str(PROMETHEUS / "prometheus.yml")),
        ("test", "rules", str(PROMETHEUS / "alerts.test.yml")),
    ],
    ids=lambda arguments: " ".join(arguments[:2]),
)
def test_prometheus_itself_finds_them_good(arguments: tuple[str, ...]) -> None:
    promtool = program("promtool", apt="prometheus")
    done = subprocess.run([promtool, *arguments], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


def test_prometheus_understands_every_panel(tmp_path: Path) -> None:
    records = [{"record": f"panel:{place}", "expr": expr} for place, expr in enumerate(panel_expressions())]
    (tmp_path / "panels.yml").write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": records}]}))
    promtool = program("promtool", apt="prometheus")
    done = subprocess.run(
        [promtool, "check", "rules", str(tmp_path / "panels.yml")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_series_that_a_rule_or_a_panel_names_is_there_with_its_labels() -> None:
    shown = exported()
    recorded = {rule["record"] for rule in rules() if "record" in rule}
    expressions = [rule["expr"] for rule in rules()] + list(panel_expressions())
    named: set[str] = set()
    for expression in expressions:
        for name in re.findall(r"\bflash:[\w:]+", expression):
            assert name in recorded, expression
        for name, matchers in re.findall(r"\b(flash_\w+)(\{[^}]*\})?", expression):
            assert name in shown, expression
            assert set(re.findall(r"(\w+)(?:=~|!~|!=|=)", matchers)) <= shown[name], expression
            named.add(re.sub("_(bucket|sum|count|total)$", "", name))
    unseen = {re.sub("_(bucket|sum|count|total)$", "", name) for name in shown} - named
    assert unseen <= {"flash_cases_open_age_seconds"}, "nobody looks at these"


def test_every_alert_waits_says_how_bad_it_is_and_has_a_runbook() -> None:
    assert len({alert["alert"] for alert in alerts()}) == len(alerts()) >= 20
    for alert in alerts():
        assert alert["for"]
        assert alert["labels"]["severity"] in ("critical", "warning", "scaling")
        assert alert["annotations"]["summary"].endswith(".")
        page, _, anchor = alert["annotations"]["runbook"].partition("#")
        headings = re.findall(r"^#+ (.+)$", (ROOT / page).read_text(), re.M)
        assert anchor in {heading.lower().replace(" ", "-") for heading in headings}, alert["alert"]


def test_every_alert_is_tried_before_it_fires_and_when_it_does() -> None:
    tried = yaml.safe_load((PROMETHEUS / "alerts.test.yml").read_text())["tests"]
    for alert in alerts():
        mine = [one for test in tried for one in test["promql_expr_test"] if f'"{alert["alert"]}"' in one["expr"]]
        assert {bool(one["exp_samples"]) for one in mine} == {True, False}, alert["alert"]


def test_panels_have_titles_and_ids_of_their_own_and_lie_beside_each_other() -> None:
    panels = DASHBOARD["panels"]
    for key in ("id", "title"):
        assert len({panel[key] for panel in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for place in (panel["gridPos"] for panel in panels):
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert max(x for x, _ in cells) < 24
        assert not cells & taken
        taken |= cells
