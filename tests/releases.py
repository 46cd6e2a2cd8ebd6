"""A next release in tests: this one, with a migration more that is as migrations have to be."""

import shutil
from pathlib import Path

from flash.adapters.sql.store import SCHEMA

ROOT = Path(__file__).parents[1]
NEXT = "9999"

MIGRATION = f'''"""Add transfers.note.

Safe online: a column that may be empty is a change of the catalogue only, and the release before does not see it.

Revision ID: {NEXT}
Revises: {SCHEMA}
"""

import sqlalchemy as sa
from alembic import op

revision = "{NEXT}"
down_revision = "{SCHEMA}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("transfers", sa.Column("note", sa.String(160)))
    op.create_table("notes", sa.Column("id", sa.Integer, primary_key=True))


def downgrade() -> None:
    op.drop_table("notes")
    op.drop_column("transfers", "note")
'''


def migrations_of_the_next_release(folder: Path) -> Path:
    """Write them into a new folder, and return it."""
    shutil.copytree(ROOT / "alembic", folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / f"{NEXT}_next_release.py").write_text(MIGRATION)
    return folder
