"""Migrations, run by commands."""

from pathlib import Path

from alembic import command as alembic_command
from alembic.config import Config as AlembicConfig
from sqlalchemy import make_url

from flash.settings import load
from flash.wiring import database_url


def migrate_database(ini: str, url: str | None = None) -> None:
    """Run the migrations that are missing; a SQLite file is made in a folder that may not exist yet.

    Args:
        ini: the profile.
        url: of another database than the profile's.
    """
    if url is None:
        with load(ini).reading() as read:
            url = read("sqlalchemy.url", database_url)
    parts = make_url(url)
    if parts.get_backend_name() == "sqlite" and parts.database:
        Path(parts.database).parent.mkdir(exist_ok=True)
    config = AlembicConfig(ini)
    config.attributes["url"] = url
    alembic_command.upgrade(config, "head")
