"""Flash in processes of its own, with real servers."""

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from factories import World
from log_watch import LogWatch
from processes.profile import REHEARSAL, ROOT, Profile, look_into, until
from processes.stage import FAST, Staging, answers
from servers import Server, free_port


@pytest.fixture
def profiles(tmp_path: Path, log_watch: LogWatch) -> Iterator[Callable[..., Profile]]:
    """Makes profiles, and ends their processes with the test."""
    made: list[Profile] = []

    def make(parent: str, settings: dict[str, str], **environ: str) -> Profile:
        folder = tmp_path / f"profile-{len(made)}"
        folder.mkdir()
        made.append(Profile(folder, ROOT / parent, settings, environ))
        return made[-1]

    yield make
    for profile in made:
        profile.stop()
        for log in profile.folder.glob("*.log"):
            log_watch.look_into(log)


@pytest.fixture
def rehearsal(
    request: pytest.FixtureRequest, profiles: Callable[..., Profile]
) -> Iterator[Callable[..., tuple[Profile, World]]]:
    """production.ini on PostgreSQL and Redis with the sandbox as operator, migrated; and a look into its database."""
    worlds: list[World] = []

    def make(redis_url: str, **settings: str) -> tuple[Profile, World]:
        url = request.getfixturevalue("postgres").create_database(f"r{secrets.token_hex(6)}")
        profile = profiles(
            "production.ini",
            {**REHEARSAL, **settings},
            DATABASE_URL=url,
            REDIS_URL=redis_url,
            SECRET_KEY=secrets.token_hex(32),
            PUBLIC_URL="https://flash.example",
        )
        done = profile.flash("migrate")
        assert done.returncode == 0, done.stderr
        worlds.append(look_into(url))
        return profile, worlds[-1]

    yield make
    for world in worlds:
        world.database.engine.dispose()


@pytest.fixture
def staging(
    request: pytest.FixtureRequest, profiles: Callable[..., Profile], redis_server: Server
) -> Iterator[Callable[..., Staging]]:
    """Makes a staging: a simulator, a migrated database on PostgreSQL, and the profile; nothing works yet."""
    worlds: list[World] = []

    def make(*, redis_url: str = redis_server.url, web_port: int = 0, **environ: str) -> Staging:
        url = request.getfixturevalue("postgres").create_database(f"o{secrets.token_hex(6)}")
        port = free_port()
        simulator = f"http://localhost:{port}"
        profile = profiles("staging.ini", FAST)
        profile.start("flash", "simulator", "--port", str(port), "--approval", "1", "--payout", "0.5")
        until(lambda: answers(f"{simulator}/control/"))
        public_url = f"http://localhost:{web_port or free_port()}"
        profile.environ = {
            "DATABASE_URL": url,
            "REDIS_URL": redis_url,
            "SECRET_KEY": secrets.token_hex(32),
            "PUBLIC_URL": public_url,
            **requests.get(f"{simulator}/control/credentials", timeout=5).json(),
            **environ,
        }
        done = profile.flash("migrate")
        assert done.returncode == 0, done.stderr
        worlds.append(look_into(url))
        made = Staging(profile, worlds[-1], simulator, dict(profile.environ))
        made.control("settings", hold_s=2)
        made.control("callback-url", url=f"{public_url}/callbacks/airtel/a-long-random-word")
        return made

    yield make
    for world in worlds:
        world.database.engine.dispose()
