"""Two machines, each with a web process and a worker, on one PostgreSQL and one Redis; either may go away."""

import os
import secrets
import signal
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from factories import World
from flash.domain.transfer import State
from processes.profile import Profile, token_of, until
from processes.test_rehearsal import all_final, check_the_end, dossiers, send
from relay import Relay
from servers import Server, free_port
from tools import needs_root, program

NET = f"10.213.{secrets.randbelow(250)}"
HERE = f"{NET}.1"
MACHINES = {name: f"{NET}.{number}" for number, name in enumerate(("east", "west"), start=2)}
"""Their addresses in a network of their own, of which we are the switch."""


@dataclass
class Machine:
    """One of them.

    Attributes:
        cable: our end of what connects it with us.
        url: of its web process.
    """

    profile: Profile
    cable: str
    url: str = ""

    def start(self) -> None:
        """Start what runs on it."""
        self.url = self.profile.serve(free_port())
        self.profile.work()

    def cut_off(self) -> None:
        """Pull the cable: nobody is told, and nothing is answered any more."""
        ip("link", "set", self.cable, "down")

    def connect(self) -> None:
        """Put the cable back."""
        ip("link", "set", self.cable, "up")

    def kill(self) -> None:
        """Switch it off."""
        for process in self.profile.processes:
            process.send_signal(signal.SIGKILL)
            process.wait()


def ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True)


@pytest.fixture
def network() -> Iterator[dict[str, str]]:
    """Make a namespace for each machine, and return our ends of their cables."""
    program("ip", apt="iproute2")
    needs_root("a network of its own")
    mark = f"{os.getpid() % 100000}"
    bridge, cables = f"fb{mark}", {name: f"f{name[0]}{mark}" for name in MACHINES}
    try:
        ip("link", "add", bridge, "type", "bridge")
        ip("addr", "add", f"{HERE}/24", "dev", bridge)
        ip("link", "set", bridge, "up")
        for name, address in MACHINES.items():
            space, inside = f"{name}{mark}", f"{cables[name]}i"
            ip("netns", "add", space)
            ip("link", "add", cables[name], "type", "veth", "peer", "name", inside, "netns", space)
            ip("link", "set", cables[name], "master", bridge, "up")
            ip("-n", space, "addr", "add", f"{address}/24", "dev", inside)
            ip("-n", space, "link", "set", inside, "up")
            ip("-n", space, "link", "set", "lo", "up")
        yield {name: f"{name}{mark}" for name in MACHINES} | {f"{name} cable": cable for name, cable in cables.items()}
    finally:
        for name in MACHINES:
            subprocess.run(["ip", "netns", "del", f"{name}{mark}"], check=False)
        subprocess.run(["ip", "link", "del", bridge], check=False)


@pytest.fixture
def machines(
    network: dict[str, str],
    profiles: Callable[..., Profile],
    rehearsal: Callable[..., tuple[Profile, World]],
    redis_server: Server,
) -> Iterator[tuple[Machine, Machine, World]]:
    """Both, and a look into their database."""
    here, world = rehearsal(
        redis_server.url, **{"sandbox.success_rate": "1", "sandbox.delay_s": "3", "flash.lease_s": "6"}
    )
    relays = {name: Relay(port_of(here.environ[name]), HERE) for name in ("DATABASE_URL", "REDIS_URL")}
    moved = {
        name: here.environ[name].replace(f"127.0.0.1:{relay.target}", f"{HERE}:{relay.port}")
        for name, relay in relays.items()
    }
    made = []
    for name, address in MACHINES.items():
        profile = profiles("production.ini", dict(here.settings), **{**here.environ, **moved})
        within = ("ip", "netns", "exec", network[name])
        profile.host, profile.within = address, within
        made.append(Machine(profile, network[f"{name} cable"]))
    yield made[0], made[1], world
    for relay in relays.values():
        relay.close()


def port_of(url: str) -> int:
    return int(url.rpartition("@")[2].rpartition("//")[2].rpartition(":")[2].partition("/")[0])


@pytest.mark.allow_hosts([*MACHINES.values(), "127.0.0.1"])
def test_a_machine_that_is_cut_off_or_killed_leaves_its_transfers_to_the_other(
    machines: tuple[Machine, Machine, World],
) -> None:
    east, west, world = machines
    people = [token_of(world, f"09600001{number:02}") for number in range(20)]
    east.start(), west.start()

    def both_accept(amount: int) -> None:
        for number, token in enumerate(people):
            send((east, west)[number % 2].url, token, "0970000002", amount)
        until(lambda: any(one.transfer.state is State.COLLECTING for one in dossiers(world)))

    both_accept(10)
    east.cut_off()
    until(lambda: all_final(world))
    east.connect()
    until(lambda: bool(send(east.url, people[0], "0970000002", 11)))

    both_accept(12)
    west.kill()
    until(lambda: all_final(world))
    assert check_the_end(world, east.profile, 41) == {State.COMPLETED: 41}
