"""How the customer's web app is served: small, kept by browsers, and with nothing of anybody else's in it."""

import gzip
import hashlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from webob import Request

from flash.web.app import files
from flash.web.app.files import STATIC, app_files, put_together

SCRIPTS = [path for path in sorted(STATIC.rglob("*.js")) if path.parent.name != "vendor"]
VENDOR = STATIC / "vendor"
PACKED = {"Accept-Encoding": "gzip, br"}


@pytest.fixture
def app(kept_api):
    return kept_api.app


def own(path):
    """Return the address of a file."""
    return f"/app/{app_files().version}/{path}"


def test_the_page_lets_nothing_run_that_is_not_a_file_of_ours(app):
    page = app.get("/")
    policy = dict(part.split(" ", 1) for part in page.headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == policy["worker-src"] == "'self'"
    assert not re.search(r"<script(?![^>]* src=)|<style| style=| on\w+=", page.text)
    assert set(re.findall(r'(?:src|href)="([^"]*)"', page.text)) <= {own(path) for path in app_files().by_path} | {
        "/manifest.webmanifest"
    }


def test_only_the_page_may_use_the_camera(app):
    assert "camera=(self)" in app.get("/").headers["Permissions-Policy"]
    assert "camera=()" in app.get("/manifest.webmanifest").headers["Permissions-Policy"]


def test_no_file_names_another_host():
    for path in (*SCRIPTS, STATIC / "app.css", STATIC / "index.html"):
        assert not re.search(r"(https?:)?//[a-z0-9-]+\.[a-z]{2,}", path.read_text(), re.IGNORECASE), path


def test_a_file_is_kept_for_ever_by_its_version_and_another_version_is_never_kept(app):
    kept = app.get(own("main.js"))
    assert kept.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert kept.content_type == "text/javascript"
    other = app.get("/app/0123456789abcdef/main.js")
    assert other.headers["Cache-Control"] == "no-store"
    assert other.body == kept.body


@pytest.mark.parametrize("path", ["/", "/sw.js", "/manifest.webmanifest"])
def test_what_has_no_version_is_asked_for_each_time_and_answered_shortly(app, path):
    first = app.get(path)
    assert first.headers["Cache-Control"] == "no-cache"
    app.get(path, headers={"If-None-Match": first.headers["ETag"]}, status=304)


def test_whoever_takes_gzip_gets_it_and_nobody_else(app):
    # WebTest unpacks without a word, so that it is not asked.
    plain, packed = (Request.blank(own("app.css"), headers=sent).get_response(app.app) for sent in ({}, PACKED))
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert packed.headers["ETag"] != plain.headers["ETag"]
    assert packed.headers["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize(
    "path", ["nothing.js", "index.html", "sw.js", "../files.py", "vendor/preact.d.ts", "vendor/SOURCES.json", ""]
)
def test_nothing_else_is_there(app, path):
    app.get(own(path), status=404)


def test_the_worker_keeps_the_files_of_its_version(app):
    worker = app.get("/sw.js").text
    files = set(json.loads(re.search(r"const FILES = (\[.*?\]);", worker, re.DOTALL)[1]))
    later = {own(path) for path in app_files().by_path if path.startswith(("vendor/qr", "icons/shot-"))}
    assert files == {"/"} | {own(path) for path in app_files().by_path} - later
    assert f'const VERSION = "{app_files().version}"' in worker


@pytest.mark.parametrize("name", ["index.html", "sw.js", "manifest.webmanifest", "main.js"])
def test_the_version_changes_with_any_file(tmp_path, monkeypatch, name):
    shutil.copytree(STATIC, tmp_path / "static")
    monkeypatch.setattr(files, "STATIC", tmp_path / "static")
    with (tmp_path / "static" / name).open("a") as file:
        file.write("\n")
    assert put_together(at="", api="").version != app_files().version


def test_the_manifest_makes_it_installable_and_names_what_is_there(app):
    manifest = app.get("/manifest.webmanifest").json
    assert (manifest["start_url"], manifest["scope"], manifest["display"]) == ("/", "/", "standalone")
    assert {icon["sizes"] for icon in manifest["icons"]} >= {"192x192", "512x512"}
    assert {icon["purpose"] for icon in manifest["icons"]} == {"any", "maskable"}
    assert [shortcut["url"] for shortcut in manifest["shortcuts"]] == ["/#/send", "/#/request", "/#/scan", "/#/my-code"]
    pictures = [*manifest["icons"], *manifest["screenshots"]]
    for picture in pictures:
        body = app.get(picture["src"]).body
        if picture["type"] == "image/png":
            width, height = (int.from_bytes(body[at : at + 4]) for at in (16, 20))
            assert picture["sizes"] == f"{width}x{height}"


def test_what_is_vendored_is_what_was_checked_and_has_its_licence():
    sources = json.loads((VENDOR / "SOURCES.json").read_text())
    assert set(sources) == {path.name for path in VENDOR.glob("*.js")}
    lock = json.loads((Path(__file__).parents[2] / "tools/web/package-lock.json").read_text())["packages"]
    for name, source in sources.items():
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == source["sha256"], name
        locked = lock[f"node_modules/{source['package']}"]
        assert (locked["version"], locked["integrity"]) == (source["version"], source["integrity"])
        assert "icen" in (VENDOR / source["licence"]).read_text()


def test_the_first_screen_weighs_less_than_100_kb():
    eager = re.findall(r'(?:modulepreload|stylesheet)" href="[^"]*?/app/\w+/([^"]+)"', app_files().page.body.decode())
    assert "main.js" in eager
    files = [app_files().page, *(app_files().by_path[path] for path in eager)]
    assert sum(len(file.packed or file.body) for file in files) < 100_000


def test_every_file_that_a_script_imports_is_there():
    for script in SCRIPTS:
        for path in re.findall(r'(?:from|import)\s*\(?\s*"(\.[^"]+)"', script.read_text()):
            assert (script.parent / path).is_file(), f"{script.name}: {path}"


def test_the_bundle_for_a_phones_app_needs_no_server_but_the_api(tmp_path):
    command = [sys.executable, "-m", "flash.web.app", str(tmp_path / "www"), "--api-url"]
    done = subprocess.run([*command, "https://api.flash.example/api/"], capture_output=True, text=True, check=True)
    page = (tmp_path / "www" / "index.html").read_text()
    assert 'content="https://api.flash.example/api"' in page
    assert "manifest" not in page
    for path in re.findall(r'(?:src|href)="([^"]*)"', page):
        assert (tmp_path / "www" / path).is_file(), path
    assert done.stdout.startswith(f"{len(put_together(at='.', api='').by_path) + 1} files")
    refused = subprocess.run([*command, "http://api.flash.example/api"], capture_output=True, text=True, check=False)
    assert refused.returncode == 2
    assert "https://" in refused.stderr
