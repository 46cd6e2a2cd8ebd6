"""Hundreds of people who wait for their payments stand in nobody's way, and all see the change."""

import http.client
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests

from factories import World
from processes.profile import Profile, token_of, until
from servers import Server, free_port

Rehearsal = Callable[..., tuple[Profile, World]]
PEOPLE, WAITERS = 125, 500


@dataclass
class Waiter:
    """Somebody who asks for a payment they know, and waits until it is another one."""

    url: str
    token: str
    name: str
    tag: str
    asked: threading.Event = field(default_factory=threading.Event)

    def wait(self) -> Any:
        """Return the answer that told of a change."""
        while True:
            server = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=60)
            headers = {"Authorization": f"Token {self.token}", "If-None-Match": self.tag}
            server.request("GET", f"/api/transactions/transactions/{self.name}/?wait=25", headers=headers)
            self.asked.set()
            answer = server.getresponse()
            content = answer.read()
            server.close()
            if answer.status == 200 and b'"status": "pending"' not in content:
                return content
            assert answer.status in (200, 304), (answer.status, content)
            self.tag = str(answer.getheader("ETag"))
            time.sleep(0.2)


def send(url: str, token: str, amount: float) -> str:
    answer = requests.post(
        f"{url}/transactions/send/",
        json={"recipient_phone": "0970000002", "amount": amount},
        headers={"Authorization": f"Token {token}"},
        timeout=10,
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["transaction_id"])


def waiters(urls: list[str], tokens: list[str]) -> list[Waiter]:
    """So many waiters, half at each web process, shared out among the payments of these people."""
    names = [send(urls[0], token, 10) for token in tokens]
    tags = [
        requests.get(
            f"{urls[1]}/transactions/transactions/{name}/", headers={"Authorization": f"Token {token}"}, timeout=10
        ).headers["ETag"]
        for name, token in zip(names, tokens, strict=True)
    ]
    places = [(number % 2, number % PEOPLE) for number in range(WAITERS)]
    return [Waiter(urls[at], tokens[who], names[who], tags[who]) for at, who in places]


def test_500_people_wait_at_two_web_processes_while_others_send(rehearsal: Rehearsal, redis_server: Server) -> None:
    profile, world = rehearsal(redis_server.url, **{"sandbox.success_rate": "1"})
    profile.threads = 266
    urls = [profile.serve(free_port()) for _ in range(2)]
    tokens = [token_of(world, f"0960000{number:03}") for number in range(PEOPLE)]
    all_of_them = waiters(urls, tokens)
    with ThreadPoolExecutor(WAITERS) as pool:
        answers = [pool.submit(waiter.wait) for waiter in all_of_them]
        until(lambda: all(waiter.asked.is_set() for waiter in all_of_them))
        for number in range(20):
            send(urls[number % 2], tokens[number], 11)
        assert not any(answer.done() for answer in answers)
        profile.work()
        assert len([answer.result() for answer in answers]) == WAITERS
