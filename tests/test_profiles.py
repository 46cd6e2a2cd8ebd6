"""The profiles: the demo and production differ in a handful of lines, and a process refuses to start on wrong ones."""

import base64
import re
from configparser import RawConfigParser
from pathlib import Path

import plaster
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from flash.adapters.web_push import new_pair
from flash.domain.leg import Kind
from flash.domain.routing import Operator
from flash.settings import BadSettings, Settings, load
from flash.wiring import build

ROOT = Path(__file__).parents[1]


def a_public_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()
    return base64.b64encode(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


PROFILES = PRODUCTION, DEVELOPMENT, STAGING = tuple(
    ROOT / f"{name}.ini" for name in ("production", "development", "staging")
)

MTN = {
    "MTN_COLLECTIONS_PRIMARY_KEY": "collection-key",
    "MTN_USER_ID": "user",
    "MTN_API_KEY": "key",
    "MTN_DISBURSEMENTS_PRIMARY_KEY": "disbursement-key",
}
AIRTEL = {
    "AIRTEL_CLIENT_ID": "client",
    "AIRTEL_CLIENT_SECRET": "client-secret",
    "AIRTEL_PIN": "1234",
    "AIRTEL_PIN_PUBLIC_KEY": a_public_key(),
}
SMS = {"AFRICAS_TALKING_USERNAME": "flash", "AFRICAS_TALKING_API_KEY": "sms-key"}
ENVIRONMENT = {
    **MTN,
    **AIRTEL,
    **SMS,
    "DATABASE_URL": "postgres://flash@db.example/flash",
    "REDIS_URL": "redis://redis.example/0",
    "SECRET_KEY": "0123456789abcdef0123456789abcdef",
    "PUBLIC_URL": "https://flash.example",
}


OWN_KEYS = ("PIN_KEY", "SEAL_KEY", "WEBHOOK_KEY")
KEY = "another-secret-of-32-characters-"


def production(environ: dict[str, str] | None = None, **changes: str) -> Settings:
    """Return production.ini in an environment that has all it needs, or in another one."""
    values = dict(load(str(PRODUCTION)).under(""))
    return Settings({**values, **changes}, ENVIRONMENT if environ is None else environ)


def problems(settings: Settings) -> list[str]:
    with pytest.raises(BadSettings) as refused:
        build(settings)
    return refused.value.problems


def test_development_differs_from_production_in_these_lines_only() -> None:
    production_values, development = load(str(PRODUCTION)).under(""), load(str(DEVELOPMENT)).under("")
    differing = {key for key in production_values | development if production_values.get(key) != development.get(key)}
    assert differing == {
        "flash.provider.mtn",
        "flash.provider.airtel",
        "sandbox.delay_s",
        "sandbox.payout_delay_s",
        "sandbox.success_rate",
        "sandbox.seed",
        "sandbox.float",
        "flash.jobs",
        "flash.circuits.store",
        "flash.throttle.store",
        "flash.messenger",
        "sqlalchemy.url",
        "flash.secret",
        "flash.pin_key.1",
        "flash.seal_key.1",
        "webhooks.key",
        "flash.public_url",
        "flash.demo_allowed",
    }


def test_staging_differs_from_production_in_what_a_rehearsal_must_not_have() -> None:
    production_values, staging = load(str(PRODUCTION)).under(""), load(str(STAGING)).under("")
    differing = {key for key in production_values | staging if production_values.get(key) != staging.get(key)}
    assert differing == {"flash.messenger", "flash.demo_allowed"}


def test_production_with_its_environment_is_ready_to_start() -> None:
    services = build(production())
    assert type(services.messenger).__module__ == "flash.adapters.africas_talking"
    assert not services.messenger.shows_codes


def staging(environ: dict[str, str]) -> Settings:
    """Return staging.ini, which needs no account for messages."""
    return Settings(load(str(STAGING)).under(""), environ)


def test_both_operators_are_served_by_their_own_adapters() -> None:
    services = build(staging(ENVIRONMENT))
    assert {name: type(one).__module__.split(".")[2] for name, one in services.operators.items()} == {
        Operator.MTN: "mtn",
        Operator.AIRTEL: "airtel",
    }


def test_without_disbursement_credentials_production_refuses_to_start() -> None:
    """Payees could not be paid."""
    told = problems(staging({key: text for key, text in ENVIRONMENT.items() if "DISBURSEMENTS" not in key}))
    assert told == [
        "mtn.disbursements.primary_key: the environment variable MTN_DISBURSEMENTS_PRIMARY_KEY is missing or empty"
    ]


def test_user_and_key_of_collections_serve_disbursements_unless_they_have_their_own() -> None:
    shared, own = staging(ENVIRONMENT), staging(ENVIRONMENT | {"MTN_DISBURSEMENTS_USER_ID": "other"})
    for settings, expected in ((shared, "user"), (own, "other")):
        with settings.reading() as read:
            assert read("mtn.disbursements.user_id", str) == expected
            assert read("mtn.collections.user_id", str) == "user"


def test_where_mtn_is_may_be_said_by_its_host_alone() -> None:
    for environ, expected in (
        ({}, "https://proxy.momoapi.mtn.com"),
        ({"MTN_HOST_NAME": "momoapi.momo.africa"}, "https://momoapi.momo.africa"),
        ({"MTN_HOST_NAME": "x.example", "MTN_COLLECTIONS_BASE_URL": "https://y.example/"}, "https://y.example"),
    ):
        operator = build(staging(ENVIRONMENT | environ)).operators[Operator.MTN]
        assert {operator.platform(kind) for kind in Kind} == {expected}


def test_every_operator_setting_that_is_missing_is_named_at_once() -> None:
    told = "\n".join(problems(staging({key: text for key, text in ENVIRONMENT.items() if key not in MTN | AIRTEL})))
    for name in MTN | AIRTEL:
        assert f"the environment variable {name} is missing or empty" in told


@pytest.mark.parametrize(
    ("text", "environ", "expected"),
    [
        ("env:A or env:B or c", {"A": "a", "B": "b"}, "a"),
        ("env:A or env:B or c", {"A": " ", "B": "b"}, "b"),
        ("env:A or env:B or c", {}, "c"),
        ("env:A or nothing", {}, ""),
        ("a or b", {}, "a or b"),
    ],
)
def test_the_first_choice_that_is_there_counts(text: str, environ: dict[str, str], expected: str) -> None:
    with Settings({"key": text}, environ).reading() as read:
        assert read("key", str, "") == expected


def test_development_needs_nothing_from_the_environment() -> None:
    services = build(Settings(load(str(DEVELOPMENT)).under(""), {}))
    assert {operator.value for operator in services.operators} == {"mtn", "airtel"}


@pytest.mark.parametrize("ini", [PRODUCTION, DEVELOPMENT, STAGING])
def test_whoever_waits_leaves_threads_and_connections_for_everybody_else(ini: Path) -> None:
    server = plaster.get_settings(str(ini), "server:main")
    waiting = int(load(str(ini)).under("")["flash.waiting"])
    assert int(server["threads"]) >= waiting + 16
    assert int(server["connection_limit"]) >= 2 * int(server["threads"])


def test_production_and_staging_log_for_machines_and_development_for_people_and_all_mask() -> None:
    written = {ini.stem: RawConfigParser() for ini in PROFILES}  # Raw: a format is full of percent signs.
    for ini in PROFILES:
        written[ini.stem].read(ini)
    formatters = {name: parser["formatter_line"]["class"] for name, parser in written.items()}
    assert formatters == {
        "production": "flash.logs.JsonFormatter",
        "staging": "flash.logs.JsonFormatter",
        "development": "flash.logs.MaskingFormatter",
    }
    for parser in written.values():
        assert (parser["handlers"]["keys"], parser["handler_console"]["formatter"]) == ("console", "line")


@pytest.mark.parametrize("ini", [PRODUCTION, DEVELOPMENT, STAGING])
def test_a_profile_is_read_as_paste_reads_it(ini: Path) -> None:
    paste = plaster.get_loader(str(ini), protocols=["wsgi"]).get_wsgi_app_settings("main")
    assert load(str(ini)).under("") == dict(paste)


def test_production_without_its_environment_names_every_missing_key() -> None:
    told = "\n".join(problems(production({})))
    for key, name in (
        ("sqlalchemy.url", "DATABASE_URL"),
        ("redis.url", "REDIS_URL"),
        ("africas_talking.username", "AFRICAS_TALKING_USERNAME"),
        ("africas_talking.api_key", "AFRICAS_TALKING_API_KEY"),
        ("flash.secret", "SECRET_KEY"),
        ("flash.public_url", "PUBLIC_URL"),
    ):
        assert told.count(f"{key}: the environment variable {name} is missing or empty") == 1


def test_the_example_of_an_environment_names_every_variable_of_production_and_no_other() -> None:
    values = [*load(str(PRODUCTION)).under("").values(), *plaster.get_settings(str(PRODUCTION), "server:main").values()]
    read_by_ini = set(re.findall(r"env:([A-Z0-9_]+)", " ".join(values)))
    example = (ROOT / ".env.production.example").read_text()
    assert set(re.findall(r"^(?:# )?([A-Z0-9_]+)=", example, re.MULTILINE)) == read_by_ini


def test_the_example_of_an_environment_holds_no_secret_and_is_refused_until_it_is_filled_in() -> None:
    lines = (ROOT / ".env.production.example").read_text().splitlines()
    environ = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    secrets = {name for name in environ if re.search(r"KEY|SECRET|PIN", name)}
    assert {name for name in secrets if environ[name]} == set()
    assert len(problems(production(environ))) >= len(secrets)
    build(production({**environ, **ENVIRONMENT, **dict.fromkeys(OWN_KEYS, KEY)}))


def test_debugging_is_refused_in_production() -> None:
    assert problems(production(ENVIRONMENT | {"DEBUG": "True"})) == ["flash.debug: is for demos only"]
    build(production(ENVIRONMENT | {"DEBUG": "False"}))


def test_production_refuses_everything_that_belongs_to_a_demo_and_names_it() -> None:
    told = problems(
        production(
            ENVIRONMENT | {"DATABASE_URL": "sqlite:///x.db", "SECRET_KEY": "not-a-secret-for-the-demo-only"},
            **{
                "flash.provider.mtn": "flash.adapters.sandbox",
                "flash.provider.airtel": "flash.adapters.sandbox",
                "flash.messenger": "flash.adapters.console_messenger",
                "flash.public_url": "http://flash.example",
            },
        )
    )
    assert told == [
        "flash.messenger: flash.adapters.console_messenger is for demos only",
        "flash.provider.airtel: flash.adapters.sandbox is for demos only",
        "flash.provider.mtn: flash.adapters.sandbox is for demos only",
        "sqlalchemy.url: SQLite is for demos only",
        "flash.secret: must be random, with at least 32 characters",
        "flash.pin_key.1: must be random, with at least 32 characters",
        "flash.seal_key.1: must be random, with at least 32 characters",
        "webhooks.key: must be random, with at least 32 characters",
        "flash.public_url: plain HTTP needs flash.trusted_proxy",
    ]


def test_a_token_for_metrics_that_is_short_is_refused_and_none_is_fine() -> None:
    told = problems(production(ENVIRONMENT | {"METRICS_TOKEN": "short"}))
    assert told == ["flash.metrics_token: must be random, with at least 32 characters"]
    build(production(ENVIRONMENT | {"METRICS_TOKEN": "0123456789abcdef0123456789abcdef"}))


def test_hints_are_pushed_where_there_is_a_key_that_can_be_read() -> None:
    private, public = new_pair()
    assert build(production()).pusher is None
    services = build(production(ENVIRONMENT | {"VAPID_PRIVATE_KEY": private}))
    assert services.pusher is not None
    assert services.pusher.public_key == public
    assert "hints for browsers" in {chore.name for chore in services.chores}
    told = problems(production(ENVIRONMENT | {"VAPID_PRIVATE_KEY": "hunter2", "VAPID_SUBJECT": "nobody"}))
    assert {line.split(":")[0] for line in told} == {"push.vapid_private_key", "push.vapid_subject"}
    assert "hunter2" not in " ".join(told)


def test_a_demo_adapter_that_hides_in_the_environment_is_refused_too() -> None:
    told = problems(production(ENVIRONMENT | {"P": "flash.adapters.sandbox"}, **{"flash.provider.mtn": "env:P"}))
    assert "flash.provider.mtn: flash.adapters.sandbox is for demos only" in told


def test_a_lease_or_a_limit_of_nothing_is_refused() -> None:
    told = problems(production(**{"flash.lease_s": "0", "flash.day_limit.tier1": "-5", "flash.public_url": "HTTP://x"}))
    keys = {line.split(":")[0] for line in told}
    assert keys >= {"flash.lease_s", "flash.day_limit.tier1", "flash.public_url"}


def test_plain_http_is_accepted_behind_a_proxy_that_is_named() -> None:
    build(production(**{"flash.public_url": "http://flash.example", "flash.trusted_proxy": "10.0.0.1"}))


def test_a_wrong_value_is_told_by_its_key_and_never_by_itself() -> None:
    told = problems(
        production(
            **{
                "flash.provider.mtn": "flash.adapters.nobody",
                "flash.provider.vodafone": "flash.adapters.sandbox",
                "flash.bounds.mtn": "50.00 to 1.00",
                "flash.day_limit.tier1": "lots",
                "flash.fees": "100.00: -1",
                "flash.grace_s": "-3",
                "flash.route.26096": "nobody",
                "flash.demo_allowed": "yes",
                "redis.url": "hunter2",
                "sqlalchemy.url": "hunter2",
            },
        )
    )
    keys = {line.split(":")[0] for line in told}
    assert keys >= {
        "flash.provider.mtn",
        "flash.provider.vodafone",
        "flash.bounds.mtn",
        "flash.day_limit.tier1",
        "flash.fees",
        "flash.grace_s",
        "flash.route.26096",
        "flash.demo_allowed",
        "redis.url",
        "sqlalchemy.url",
    }
    assert not [line for line in told if "hunter2" in line or "lots" in line]


def test_the_urls_that_hosts_hand_out_are_understood() -> None:
    settings = load(str(DEVELOPMENT)).with_values({"sqlalchemy.url": "postgres://flash:pass@db.example/flash"})
    assert build(settings).database.engine.url.drivername == "postgresql+psycopg"


def test_a_missing_file_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="cannot be read"):
        load(str(tmp_path / "none.ini"))
    (tmp_path / "empty.ini").write_text("[server:main]\n")
    with pytest.raises(BadSettings, match="no section"):
        load(str(tmp_path / "empty.ini"))
