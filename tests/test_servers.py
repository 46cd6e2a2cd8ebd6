"""The servers that the tests run on: real, our own to stop, and gone afterwards."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import redis
from sqlalchemy import NullPool, create_engine, make_url

from servers import NoServer, PostgresServer, RedisServer, open_postgres

TESTS = Path(__file__).parent

START_BOTH_AND_WAIT = """
from servers import PostgresServer, RedisServer
for server in PostgresServer.start(), RedisServer():
    print(server.url, server.daemon.directory, flush=True)
input()
"""


def answers(url):
    address = make_url(url)
    with socket.socket() as connection:
        return connection.connect_ex((address.host, address.port)) == 0


def query(url, statement):
    with create_engine(url, poolclass=NullPool).connect() as connection:
        return connection.exec_driver_sql(statement).scalar_one()


def test_postgres_gives_each_its_own_database(postgres):
    one, other = postgres.create_database("test"), postgres.create_database("test")
    assert query(one, "SELECT current_database()") == make_url(one).database
    assert query(other, "SELECT current_database()") == make_url(other).database
    assert one != other


def test_redis_remembers(redis_server):
    with redis.Redis.from_url(redis_server.url) as client:
        client.set("flash:test", "here", ex=60)
        assert client.get("flash:test") == b"here"


def test_a_stopped_redis_starts_again_at_the_same_address():
    server = RedisServer()
    server.stop()
    assert not answers(server.url)
    server.start()
    assert answers(server.url)
    server.stop()


@pytest.mark.parametrize("start", [PostgresServer.start, RedisServer], ids=["postgres", "redis"])
def test_stop_leaves_no_server_and_no_directory(start):
    server = start()
    directory = server.daemon.directory
    assert answers(server.url)
    assert directory.exists()
    server.stop()
    assert not answers(server.url)
    assert not directory.exists()


def test_a_server_given_by_address_is_used_and_left_as_it_was(postgres, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", postgres.url.replace("postgresql+psycopg:", "postgres:"))
    given = open_postgres()
    assert given.name.endswith("(DATABASE_URL)")
    url = given.create_database("test")
    assert query(url, "SELECT 1") == 1
    given.stop()
    databases = "SELECT count(*) FROM pg_database WHERE datname = '{}'"
    assert query(postgres.url, databases.format(make_url(url).database)) == 0


def test_a_given_address_that_nobody_answers_is_said_in_one_line_without_the_password(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://me:hush@127.0.0.1:1/flash")
    with pytest.raises(NoServer, match="DATABASE_URL is no PostgreSQL for us") as refusal:
        open_postgres()
    assert "\n" not in str(refusal.value)
    assert "hush" not in str(refusal.value)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends the children of a killed process")
def test_a_killed_run_leaves_no_server_behind():
    command = [sys.executable, "-c", START_BOTH_AND_WAIT]
    with subprocess.Popen(command, cwd=TESTS, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as run:
        servers = [run.stdout.readline().split() for _ in range(2)]
        assert all(answers(url) for url, _ in servers)
        os.kill(run.pid, signal.SIGKILL)
    deadline = time.monotonic() + 30
    while any(answers(url) for url, _ in servers):
        assert time.monotonic() < deadline, "a server outlived the run that started it"
        time.sleep(0.05)
    for _, directory in servers:
        shutil.rmtree(directory)
