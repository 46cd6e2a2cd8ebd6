"""The chain over evidence and journal, over every store there is, and what is found of whatever is done to it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, func, select, update

from factories import World, at_once, money
from flash.adapters.memory.store import MemoryDatabase
from flash.adapters.sql.chain import TABLES
from flash.adapters.sql.tables import chain_links
from flash.domain.chain import CHAINED, Broken, Head, extended
from flash.domain.transfer import Change
from flash.usecases.chain import Chainer, verify_chains


def completed(world: World, count: int = 2) -> None:
    for number in range(count):
        world.send(f"{25 + number}.00", payer=f"096000000{number + 1}")
    world.pass_by(60)


def chain(world: World, **more: Any) -> int:
    return Chainer(world.database.unit_of_work, **more).chain_rows()


def verify(world: World, *kept: Head) -> list[Head]:
    with world.database.snapshot() as store:
        return list(verify_chains(store=store, clock=world.clock, kept=kept))


def rows(world: World, table: str) -> list[Any]:
    """All rows as the chain sees them, in the order of their ids."""
    with world.database.unit_of_work() as store:
        linked = [row for _, row in store.chain.page(table, after=0, limit=1000) if row]
        return sorted([*linked, *store.chain.unlinked(table, limit=1000)], key=lambda row: row.id)


# --- What somebody with a way into the database could do


def edit(world: World, table: str, row_id: int, **values: Any) -> None:
    if isinstance(world.database, MemoryDatabase):
        tables = world.database._tables
        transfer_id, place = tables.rows[table, row_id]
        kept = list(tables.postings[transfer_id])
        kept[place] = replace(kept[place], amount=money("0.01"))
        tables.postings[transfer_id] = tuple(kept)
        return
    with world.database.engine.begin() as connection:
        connection.execute(update(TABLES[table]).where(TABLES[table].c.id == row_id).values(**values))


def remove(world: World, table: str, row_id: int) -> None:
    if isinstance(world.database, MemoryDatabase):
        del world.database._tables.rows[table, row_id]
        return
    with world.database.engine.begin() as connection:
        connection.execute(delete(TABLES[table]).where(TABLES[table].c.id == row_id))


def cut(world: World, table: str, after: int) -> None:
    """Delete all links after a position."""
    if isinstance(world.database, MemoryDatabase):
        links = world.database._tables.links
        for key in [key for key in links if key[0] == table and key[1] > after]:
            del links[key]
        return
    with world.database.engine.begin() as connection:
        behind = (chain_links.c.table_name == table) & (chain_links.c.position > after)
        connection.execute(delete(chain_links).where(behind))


def swap(world: World, table: str, one: int, other: int) -> None:
    """Give two rows each other's content."""
    if isinstance(world.database, MemoryDatabase):
        known = world.database._tables.rows
        known[table, one], known[table, other] = known[table, other], known[table, one]
        return
    first, second = (
        {name: value for name, value in row.values.items() if name != "id"}
        for row in rows(world, table)
        if row.id in (one, other)
    )
    edit(world, table, one, **second)
    edit(world, table, other, **first)


# --- An honest chain


def test_every_row_is_linked_once_and_the_chain_holds(world: World) -> None:
    completed(world)
    counts = [len(rows(world, table)) for table in CHAINED]
    assert chain(world) == sum(counts) > 0
    assert chain(world) == 0
    heads = verify(world)
    assert [(head.table, head.length) for head in heads] == list(zip(CHAINED, counts, strict=True))
    with world.database.unit_of_work() as store:
        assert list(store.chain.heads()) == heads


def test_an_empty_chain_has_a_head_too(world: World) -> None:
    assert [(head.table, head.length, head.digest) for head in verify(world)] == [
        (table, 0, "0" * 64) for table in CHAINED
    ]


def test_a_row_is_seen_with_all_its_columns(world: World) -> None:
    completed(world, 1)
    for table in CHAINED:
        for row in rows(world, table):
            assert set(row.values) == set(TABLES[table].c.keys())


def test_a_chain_grows_in_bounded_batches_and_is_the_same_as_one_made_at_once(world: World) -> None:
    completed(world)
    chainer = Chainer(world.database.unit_of_work, most=3)
    batches = []
    while linked := chainer.chain_rows():
        batches.append(linked)
    assert len(batches) > 2
    assert max(batches) <= 3 * len(CHAINED)
    grown = verify(world)
    for table in CHAINED:
        cut(world, table, 0)
    chain(world)
    assert verify(world) == grown


def test_new_rows_go_on_where_the_chain_ended(world: World) -> None:
    completed(world, 1)
    chain(world)
    kept = verify(world)
    completed(world, 1)
    chain(world)
    after = verify(world, *kept)
    assert all(new.length > old.length for new, old in zip(after, kept, strict=True))


def test_rows_that_an_earlier_process_left_behind_are_linked_however_far_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    completed(world, 4)
    ids = [row.id for row in rows(world, "evidence")]
    with world.database.unit_of_work() as store:
        head = store.chain.head("evidence")
        store.chain.append(extended(head, store.chain.unlinked("evidence", after=ids[-3], limit=2)))
    monkeypatch.setattr("flash.usecases.chain.LATECOMERS", 2)
    monkeypatch.setattr("flash.usecases.chain.WINDOW", 5)
    chainer = Chainer(world.database.unit_of_work, most=4)
    for _ in range(20):
        chainer.chain_rows()
    assert verify(world)[0].length == len(ids)
    world.clock.pass_by(timedelta(minutes=11))
    verify(world)


# --- What is found


def found(world: World, *kept: Head) -> str:
    with pytest.raises(Broken) as broken:
        verify(world, *kept)
    return str(broken.value)


def where(world: World, table: str, position: int, row: Any) -> str:
    return f"{table} position {position}, row {row.id} of transfer {row.transfer_id}: "


def test_an_edited_journal_row_is_found_and_named(world: World) -> None:
    completed(world)
    row = rows(world, "postings")[3]
    chain(world)
    edit(world, "postings", row.id, amount_minor=1)
    assert found(world).startswith(where(world, "postings", 4, row))


def test_a_deleted_evidence_row_is_found_and_named(world: World) -> None:
    completed(world)
    row = rows(world, "evidence")[2]
    chain(world)
    remove(world, "evidence", row.id)
    assert found(world) == where(world, "evidence", 3, row) + "the row was deleted"


@pytest.mark.parametrize("table", CHAINED)
def test_a_swapped_pair_is_found_and_named(world: World, table: str) -> None:
    completed(world)
    one, other = rows(world, table)[1:3]
    chain(world)
    swap(world, table, one.id, other.id)
    assert found(world).startswith(f"{table} position 2, row {one.id} of transfer ")


def test_every_column_of_every_row_counts(sql_world: World) -> None:
    world = sql_world
    completed(world)
    chain(world)
    for table in CHAINED:
        first, last = rows(world, table)[0], rows(world, table)[-1]
        for name, value in first.values.items():
            if name == "id":
                continue
            edit(world, table, first.id, **{name: _other(value, last.values[name])})
            assert found(world).startswith(f"{table} position 1, "), name
            edit(world, table, first.id, **{name: value})
        verify(world)


def _other(value: Any, elsewhere: Any) -> Any:
    """Another value of the same kind; where it must refer to something, that of another row."""
    match value:
        case str():
            return f"{value[1:]}x"
        case int():
            return value + 1
        case None:
            return 7
    return elsewhere if elsewhere != value else value + timedelta(microseconds=1)


def test_a_row_that_has_no_link_after_ten_minutes_is_found(world: World) -> None:
    completed(world, 1)
    assert [head.length for head in verify(world)] == [0, 0]
    world.clock.pass_by(timedelta(minutes=11))
    row = rows(world, "evidence")[0]
    assert found(world) == (
        f"evidence row {row.id} of transfer {row.transfer_id}: the row is not in the chain after 10 minutes"
    )


def test_a_chain_cut_together_with_its_rows_is_found_by_a_copy_of_its_head(world: World) -> None:
    completed(world)
    chain(world)
    kept = verify(world)
    last = rows(world, "evidence")[-1]
    cut(world, "evidence", kept[0].length - 1)
    remove(world, "evidence", last.id)
    length = kept[0].length
    assert verify(world)[0].length == length - 1
    assert found(world, *kept) == f"evidence position {length}: the chain was cut, it now ends at {length - 1}"


def test_a_chain_written_anew_after_an_edit_is_found_by_a_copy_of_its_head(world: World) -> None:
    completed(world)
    chain(world)
    kept = verify(world)
    cut(world, "postings", 2)
    edit(world, "postings", rows(world, "postings")[3].id, amount_minor=1)
    chain(world)
    verify(world)
    assert "postings position 8: the chain was written anew" in found(world, *kept)


def test_who_continues_the_chain_does_not_heal_one_that_was_cut_meanwhile(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    completed(world)
    chainer = Chainer(world.database.unit_of_work)
    chainer.chain_rows()
    cut(world, "evidence", 2)
    assert chainer.chain_rows() == 0
    assert "the chain is not continued: evidence position" in caplog.text
    world.clock.pass_by(timedelta(minutes=11))
    assert "the row is not in the chain" in found(world)


# --- Several at once


def test_many_who_link_at_once_make_one_chain(sql_world: World) -> None:
    completed(sql_world, 4)
    total = sum(len(rows(sql_world, table)) for table in CHAINED)
    linked = at_once(6, lambda _: chain(sql_world))
    assert sum(linked) + chain(sql_world) == total  # type: ignore[arg-type]
    assert sum(head.length for head in verify(sql_world)) == total


def test_the_chain_holds_while_payments_go_on(sql_world: World) -> None:
    world = sql_world
    for number in range(6):
        world.send(f"{25 + number}.00")
    calls: list[Callable[[], Any]] = [lambda: world.pass_by(60), lambda: [chain(world, most=2) for _ in range(40)]]
    at_once(2, lambda number: calls[number]())
    while chain(world):
        pass
    assert verify(world)[0].length == len(rows(world, "evidence"))
    assert world.audit() == []


@pytest.mark.parametrize("sql_world", ["postgres"], indirect=True)
def test_a_row_that_is_committed_after_one_with_a_higher_id_is_linked_too(sql_world: World) -> None:
    world = sql_world
    first, second = world.send("25.00"), world.send("26.00")
    world.pass_by(1)
    early, late = world.get(first), world.get(second)
    kept = world.file(first).evidence
    chainer = Chainer(world.database.unit_of_work)
    chainer.chain_rows()
    with world.database.unit_of_work() as slow:
        slow.transfers.apply(Change(transfer=early, evidence=((early.legs[0].reference, kept[0][1], "waiting"),)))
        with world.database.unit_of_work() as quick:
            quick.transfers.apply(Change(transfer=late, evidence=((late.legs[0].reference, kept[0][1], "waiting"),)))
        assert chainer.chain_rows() == 1
    assert chainer.chain_rows() == 1
    order = [link.row_id for link, _ in _links(world, "evidence")]
    assert order[-2:] == [order[-1] + 1, order[-1]]
    verify(world)


def _links(world: World, table: str) -> Any:
    with world.database.unit_of_work() as store:
        return store.chain.page(table, after=0, limit=1000)


def test_no_row_has_two_links_and_no_position_two_rows(sql_world: World) -> None:
    completed(sql_world)
    at_once(4, lambda _: chain(sql_world, most=3))
    counted = select(func.count(), func.count(func.distinct(chain_links.c.position))).group_by(chain_links.c.table_name)
    with sql_world.database.engine.connect() as connection:
        assert all(links == positions for links, positions in connection.execute(counted))
