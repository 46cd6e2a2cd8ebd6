"""Which request a piece of work belongs to: what is read from outside, and what goes along."""

import threading

import pytest

from flash.trail import (
    Trace,
    about,
    current,
    go_on,
    new_trace,
    piece_of_work,
    span,
    trace_called,
    trace_in,
    traceparent,
)

ID, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
PARENT = f"00-{ID}-{SPAN}-01"


@pytest.mark.parametrize("text", [PARENT, f"00-{ID}-{SPAN}-00", f"01-{ID}-{SPAN}-01-more"])
def test_a_traceparent_is_read(text):
    assert trace_in(text) == Trace(ID, SPAN)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "00",
        f"ff-{ID}-{SPAN}-01",
        f"00-{ID.upper()}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{ID}-{'0' * 16}-01",
        f"00-{ID}-{SPAN}",
        f"00-{ID}-{SPAN}-01\n",
        f" 00-{ID}-{SPAN}-01",
    ],
)
def test_what_is_no_traceparent_is_not_believed(text):
    assert trace_in(text) is None


@pytest.mark.parametrize("text", [ID, ID.upper(), "4bf92f35-77b3-4da6-a3ce-929d0e0e4736"])
def test_an_id_of_a_proxy_is_32_hex_digits_or_a_uuid(text):
    assert trace_called(text) == Trace(ID)


@pytest.mark.parametrize(
    "text", ["", "0" * 32, "260960000001", "abc", ID + "0", ID + "\n", 'x"} {"level": "INFO', "١" * 32, "4bf9-" * 8]
)
def test_anything_else_is_no_id(text):
    assert trace_called(text) is None


def test_every_trace_is_another():
    assert len({new_trace().id for _ in range(100)}) == 100
    assert trace_called(new_trace().id)


def test_a_piece_of_work_begins_with_nothing_and_leaves_nothing():
    with piece_of_work() as outer:
        about("FL1")
        with piece_of_work() as inner:
            assert inner.trace != outer.trace
            assert inner.transfer == ""
        assert current() is outer
        assert outer.transfer == "FL1"
    assert current() is None


def test_what_goes_on_elsewhere_belongs_to_the_request_that_ordered_it():
    with piece_of_work(Trace(ID)):
        stored = traceparent()
    with piece_of_work() as later:
        go_on(stored, "FL1")
        assert (later.trace.id, later.transfer) == (ID, "FL1")
        assert later.trace.parent == stored


@pytest.mark.parametrize("stored", [None, "", "nonsense"])
def test_work_that_no_request_ordered_has_a_trace_of_its_own(stored):
    with piece_of_work() as work:
        before = work.trace
        go_on(stored, "FL1")
        assert work.trace == before


def test_outside_of_any_piece_of_work_nothing_is_noted():
    about("FL1")
    go_on(PARENT, "FL1")
    assert (current(), traceparent()) == (None, None)
    with span("x", "internal") as part:
        part.tell({"fact": 1})


def test_threads_know_nothing_of_each_other():
    seen = []
    with piece_of_work(Trace(ID)):
        thread = threading.Thread(target=lambda: seen.append(current()))
        thread.start()
        thread.join()
    assert seen == [None]
