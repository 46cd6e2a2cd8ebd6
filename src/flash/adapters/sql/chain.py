"""The chain over evidence and journal. Rows are read with all their columns, whichever those are."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Table, func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from flash.adapters.sql.tables import chain_links, evidence, postings
from flash.domain.chain import CHAINED, ORIGIN, Head, Link, Row
from flash.domain.errors import StaleWrite

TABLES: dict[str, Table] = {"evidence": evidence, "postings": postings}


class SqlChain:
    """Links, each over one row, and the rows that have none yet."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def heads(self) -> Sequence[Head]:
        """See `ports.chain.Chain`."""
        return [self.head(table) for table in CHAINED]

    def head(self, table: str) -> Head:
        """See `ports.chain.Chain`."""
        last = select(chain_links.c.position, chain_links.c.digest).where(chain_links.c.table_name == table)
        row = self._session.execute(last.order_by(chain_links.c.position.desc()).limit(1)).one_or_none()
        return Head(table, row.position, row.digest) if row else Head(table, 0, ORIGIN)

    def unlinked(
        self,
        table: str,
        *,
        limit: int,
        after: int = 0,
        until: int | None = None,
        written_before: datetime | None = None,
    ) -> Sequence[Row]:
        """See `ports.chain.Chain`."""
        rows = TABLES[table]
        linked = (chain_links.c.table_name == table) & (chain_links.c.row_id == rows.c.id)
        statement = select(rows).outerjoin(chain_links, linked)
        statement = statement.where(chain_links.c.row_id.is_(None), rows.c.id > after)
        if until is not None:
            statement = statement.where(rows.c.id <= until)
        if written_before is not None:
            statement = statement.where(rows.c.at < written_before)
        found = self._session.execute(statement.order_by(rows.c.id).limit(limit))
        return [_row(table, dict(row._mapping)) for row in found]  # noqa: SLF001 - a public name, in spite of its look

    def newest(self, table: str) -> int:
        """See `ports.chain.Chain`."""
        statement = select(func.max(chain_links.c.row_id)).where(chain_links.c.table_name == table)
        return self._session.execute(statement).scalar_one() or 0

    def last(self, table: str) -> int:
        """See `ports.chain.Chain`."""
        return self._session.execute(select(func.max(TABLES[table].c.id))).scalar_one() or 0

    def append(self, links: Sequence[Link]) -> None:
        """See `ports.chain.Chain`. The primary key lets one of two chainers at once through."""
        values = [
            {
                "table_name": link.table,
                "position": link.position,
                "row_id": link.row_id,
                "transfer_id": link.transfer_id,
                "digest": link.digest,
            }
            for link in links
        ]
        if not values:
            return
        try:
            self._session.execute(insert(chain_links), values)
        except IntegrityError as error:
            raise StaleWrite from error

    def page(self, table: str, *, after: int, limit: int) -> Sequence[tuple[Link, Row | None]]:
        """See `ports.chain.Chain`."""
        rows = TABLES[table]
        statement = (
            select(chain_links, *(column.label(f"row_{column.name}") for column in rows.c if column.name != "id"))
            .add_columns(rows.c.id.label("found"))
            .outerjoin(rows, rows.c.id == chain_links.c.row_id)
            .where(chain_links.c.table_name == table, chain_links.c.position > after)
            .order_by(chain_links.c.position)
            .limit(limit)
        )
        return [_pair(table, dict(row._mapping)) for row in self._session.execute(statement)]  # noqa: SLF001 - as above


def _row(table: str, values: dict[str, Any]) -> Row:
    return Row(table, values["id"], values["transfer_id"], values)


def _pair(table: str, values: dict[str, Any]) -> tuple[Link, Row | None]:
    link = Link(table, values["position"], values["row_id"], values["transfer_id"], values["digest"])
    if values["found"] is None:
        return link, None
    columns = {column.name: values.get(f"row_{column.name}") for column in TABLES[table].c}
    return link, _row(table, columns | {"id": values["found"]})
