"""Flash in processes of its own, with real servers."""

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from factories import World
from log_watch import LogWatch
from processes.profile import REHEARSAL, ROOT, Profile, look_into


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
