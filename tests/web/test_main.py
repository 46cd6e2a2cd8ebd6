"""What `pserve` starts."""

import importlib
from pathlib import Path

import pytest
from pyramid.paster import get_app
from webtest import TestApp

from flash.web import main

DEMO = Path(__file__).parents[2] / "development.ini"

JOBS = """
from flash.adapters.memory import MemoryJobs

class Jobs(MemoryJobs):
    started = []

    def start(self, work):
        self.started.append(work)

def from_settings(settings):
    return Jobs()
"""


def test_settings_that_cannot_be_used_stop_the_start_with_one_message():
    with pytest.raises(SystemExit) as stopped:
        main({}, **{"sqlalchemy.url": "mysql://secret@db/flash"})
    assert "the settings cannot be used" in str(stopped.value)
    assert "sqlalchemy.url" in str(stopped.value)
    assert "secret@db" not in str(stopped.value)


def test_a_profile_becomes_an_application_whose_jobs_work(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "observed_jobs.py").write_text(JOBS)
    ini = tmp_path / "flash.ini"
    url = f"sqlite:///{tmp_path / 'flash.db'}"
    ini.write_text(f"[app:main]\nuse = config:{DEMO}\nsqlalchemy.url = {url}\nflash.jobs = observed_jobs\n")
    app = get_app(str(ini))
    assert (
        TestApp(app, {"REMOTE_ADDR": "127.0.0.1"}).get("/api/payments/providers/").json["providers"][0]["served"]
        is True
    )
    observed_jobs = importlib.import_module("observed_jobs")

    (work,) = observed_jobs.Jobs.started
    assert callable(work.sweep)


def test_no_secret_gets_into_the_registry_of_pyramid(api):
    assert not any(key.startswith(("flash.", "sqlalchemy.")) for key in api.wsgi.registry.settings)
