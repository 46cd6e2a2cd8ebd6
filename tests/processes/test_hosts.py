"""What every host runs (tests/test_hosts.py) is run here: production.ini as it is, on PostgreSQL and Redis."""

import secrets
import shlex
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import requests

from log_watch import LogWatch
from processes.profile import BIN, ROOT, until
from processes.stage import Staging
from servers import free_port
from test_hosts import LINES

NAME = "api.flash-payments.example"


def status(url: str) -> int:
    with suppress(requests.ConnectionError):
        return requests.get(url, timeout=5).status_code
    return 0


def test_what_hosts_run_gets_ready_in_production_and_ends_when_told(
    staging: Callable[..., Staging], tmp_path: Path, log_watch: LogWatch
) -> None:
    stage, port = staging(), free_port()
    environ = {
        "PATH": f"{BIN}:/usr/bin:/bin",
        **{name: text for name, text in stage.environ.items() if name != "PUBLIC_URL"},
        **{name: secrets.token_hex(32) for name in ("PIN_KEY", "SEAL_KEY", "WEBHOOK_KEY")},
        "PUBLIC_URL": f"https://{NAME}",
        "SECURE_SSL_REDIRECT": "True",
        "TRUSTED_PROXY": "*",
        "AFRICAS_TALKING_USERNAME": "flash",
        "AFRICAS_TALKING_API_KEY": secrets.token_hex(16),
        "PORT": str(port),
        "NOTICE_S": "0",
    }
    log = tmp_path / "hosts.log"
    with log.open("wb") as file:

        def start(line: str) -> "subprocess.Popen[bytes]":
            return subprocess.Popen(shlex.split(line), env=environ, cwd=ROOT, stdout=file, stderr=file)

        assert start(LINES["migrate"]).wait(60) == 0, log.read_text()
        web, worker = start(LINES["web"]), start(LINES["worker"])
        url = f"http://127.0.0.1:{port}"
        try:
            until(lambda: web.poll() is not None or status(f"{url}/health/ready/") == 200, seconds=60)
            until(lambda: worker.poll() is not None or "working on queue" in log.read_text(), seconds=60)
            through_the_router = {"Host": NAME, "X-Forwarded-For": "198.51.100.7", "X-Forwarded-Proto": "https"}
            answer = requests.get(f"{url}/api/payments/providers/", headers=through_the_router, timeout=10)
            assert (answer.status_code, answer.headers["Strict-Transport-Security"] != "") == (200, True)
            by_http = {**through_the_router, "X-Forwarded-Proto": "http"}
            moved = requests.get(f"{url}/api/payments/providers/", headers=by_http, timeout=10, allow_redirects=False)
            assert moved.headers["Location"] == f"https://{NAME}/api/payments/providers/"
        finally:
            for process in (web, worker):
                process.terminate()
            codes = [process.wait(60) for process in (web, worker)]
        assert codes == [0, 0], log.read_text()
    log_watch.look_into(log)


def test_a_process_keeps_to_its_release_when_current_leads_elsewhere(tmp_path: Path) -> None:
    """What deploy/run starts works by the real path of its release, from where it may load more at any time."""
    for name in ("one", "two"):
        (tmp_path / name / "deploy").mkdir(parents=True)
        (tmp_path / name / "deploy" / "run").write_bytes((ROOT / "deploy" / "run").read_bytes())
        (tmp_path / name / "deploy" / "run").chmod(0o755)
        (tmp_path / name / ".venv" / "bin").mkdir(parents=True)
        (tmp_path / name / ".venv" / "bin" / "where").symlink_to("/bin/pwd")
    (tmp_path / "current").symlink_to("one")
    done = subprocess.run([tmp_path / "current/deploy/run", "where", "-P"], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(tmp_path / "one")
