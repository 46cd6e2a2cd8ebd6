"""Metrics of a machine: two web processes and two workers count together, whichever is asked, and whoever died."""

import secrets
import stat
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from factories import World
from processes.profile import Profile, token_of, until
from scraping import telling, total
from servers import RedisServer, free_port

TOKEN = secrets.token_hex(32)
SENDS = 12


@pytest.fixture
def own_redis() -> Iterator[RedisServer]:
    """A Redis in which nobody else is counted."""
    server = RedisServer()
    yield server
    server.stop()


def page(url: str, token: str = TOKEN) -> str:
    answer = requests.get(f"{url}/metrics", headers={"Authorization": f"Bearer {token}"}, timeout=10)
    assert answer.status_code == 200, answer.text
    return answer.text


def test_metrics_add_up_over_two_web_processes_and_two_workers(
    rehearsal: Callable[..., tuple[Profile, World]], own_redis: RedisServer, tmp_path: Path
) -> None:
    folder, alone = tmp_path / "metrics", f"127.0.0.1:{free_port()}"
    profile, world = rehearsal(
        own_redis.url,
        **{
            "flash.metrics_dir": str(folder),
            "flash.metrics_token": TOKEN,
            "flash.metrics_listen": alone,
            "flash.worker_threads": "2",
            "sandbox.delay_s": "0.2",
            "sandbox.payout_delay_s": "0.1",
        },
    )
    workers = [profile.work(), profile.work()]
    urls = [profile.serve(free_port()).removesuffix("/api") for _ in range(2)]
    tokens = [token_of(world, f"09600000{number:02}") for number in range(1, 13)]

    def send(number: int) -> int:
        return requests.post(
            f"{urls[number % 2]}/api/transactions/send/",
            json={"recipient_phone": "0970000071" if number % 6 == 0 else "0970000002", "amount": 10 + number},
            headers={"Authorization": f"Token {tokens[number % 12]}"},
            timeout=30,
        ).status_code

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(send, range(SENDS))) == [201] * SENDS
    for address in ("/api/transactions/transactions/0960000001/", "/260960000001", "/api/auth/me/?phone=0960000001"):
        requests.get(f"{urls[0]}{address}", headers={"Authorization": f"Token {tokens[0]}"}, timeout=10)
    until(lambda: total(page(urls[0]), "flash_transfers_ended_total") == SENDS)

    pages = [page(urls[0]), page(urls[1]), page(f"http://{alone}")]
    for told in pages:
        assert total(told, "flash_http_requests_total", route="/api/transactions/send/", status="2xx") == SENDS
        assert total(told, "flash_transfers_begun_total", occasion="send") == SENDS
        assert total(told, "flash_transfers_ended_total", outcome="completed") == SENDS - 2
        assert total(told, "flash_transfers_ended_total", outcome="returned", reason="payee_not_found") == 2
        assert total(told, "flash_moved_ngwee_total", kind="collection") == 100 * sum(range(10, 10 + SENDS))
        assert total(told, "flash_operator_call_duration_seconds_count", operation="collection") == SENDS
        assert total(told, "flash_database_up") == total(told, "flash_queue_up") == 1
        assert telling(told) == []
    until(lambda: total(page(urls[0]), "flash_people_active") == 12)
    assert requests.get(f"http://{alone}/metrics", timeout=10).status_code == 404
    assert len(list(folder.glob("counter_*.db"))) == 4

    before = page(urls[0])
    for worker in workers:
        worker.kill()
        worker.wait()
    assert total(page(urls[0]), "flash_sweeps_total") >= total(before, "flash_sweeps_total")
    profile.work()
    swept = total(page(urls[0]), "flash_sweeps_total")
    until(lambda: total(page(urls[0]), "flash_sweeps_total") > swept)
    after = page(urls[1])
    assert total(after, "flash_transfers_ended_total") == SENDS
    assert len(list(folder.glob("counter_*.db"))) == 4
    assert stat.S_IMODE(folder.stat().st_mode) & stat.S_IWOTH == 0
