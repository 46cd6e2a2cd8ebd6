"""The files of the web app, read once: named by a version, compressed, and put together where one names the others."""

import gzip
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from posixpath import dirname, join, normpath
from string import Template

STATIC = Path(__file__).parent / "static"

TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}
PICTURES = frozenset({".png"})
"""What is compressed already."""

OURS = ("script-src", "style-src", "connect-src", "manifest-src", "worker-src")
NOBODY = ("default-src", "base-uri", "form-action", "frame-ancestors")
POLICY = "; ".join(
    [*(f"{what} 'none'" for what in NOBODY), *(f"{what} 'self'" for what in OURS), "img-src 'self' data: blob:"]
)
"""Nothing inline, nothing from anywhere else."""

LATER = ("vendor/qr.js", "vendor/qr-decode.js", "icons/shot-")
"""What most people never need; the service worker keeps it once somebody did."""
ENTRY = "main.js"
TEMPLATES = ("index.html", "sw.js", "manifest.webmanifest")
"""What is put together: it has addresses of its own."""
IMPORT = re.compile(r'(?:^|;)(?:import|export)\b[^"\'();]*["\'](\.[^"\']+)["\']', re.MULTILINE)
"""What a module needs before it runs; what it may import later stands in brackets."""


@dataclass(frozen=True, slots=True)
class File:
    """One file as it is served.

    Attributes:
        packed: the same by gzip; None where that gains nothing.
    """

    body: bytes
    content_type: str
    packed: bytes | None

    @property
    def digest(self) -> str:
        """What tells two contents apart."""
        return hashlib.sha256(self.body).hexdigest()[:32]


@dataclass(frozen=True, slots=True, kw_only=True)
class AppFiles:
    """All that the app consists of.

    Attributes:
        version: of all of it; it changes with any file.
        by_path: what is served below /app/VERSION/.
    """

    version: str
    by_path: Mapping[str, File]
    page: File
    worker: File
    manifest: File


@cache
def app_files() -> AppFiles:
    """Read the app, once for this process."""
    return put_together(at="/app/{version}", api="/api", head='<link rel="manifest" href="/manifest.webmanifest">')


def put_together(*, at: str, api: str, head: str = "") -> AppFiles:
    """Return the app, its files being at one address and the API at another.

    Args:
        at: where the files are, seen from the page; `{version}` is put in.
        api: where the API is.
        head: what else the page links to. Without a manifest it is not installed, and has no service worker.
    """
    plain = dict(_plain())
    version = _version({**plain, **{name: _file((STATIC / name).read_bytes(), ".html") for name in TEMPLATES}})
    where = at.format(version=version)
    # A browser is told at once, instead of finding one file through the other.
    preloads = "\n".join(
        f'<link rel="modulepreload" href="{where}/{path}">' for path in sorted(_needed_by(ENTRY, plain))
    )
    kept = [f"{where}/{path}" for path in plain if not path.startswith(LATER)]
    return AppFiles(
        version=version,
        by_path=plain,
        page=_filled("index.html", at=where, api=api, manifest=head, preloads=preloads),
        worker=_filled("sw.js", version=version, files=json.dumps(["/", *kept], indent=1)),
        manifest=_filled("manifest.webmanifest", at=where),
    )


def _plain() -> Iterator[tuple[str, File]]:
    """Yield the files that are served as they are, and so not the templates."""
    for path in sorted(STATIC.rglob("*")):
        name = path.relative_to(STATIC).as_posix()
        if path.suffix in TYPES and name not in TEMPLATES:
            yield name, _file(path.read_bytes(), path.suffix)


def _version(files: Mapping[str, File]) -> str:
    """Return what changes with any file: browsers keep the page, too, until it does."""
    return hashlib.sha256("".join(f"{path} {file.digest}\n" for path, file in files.items()).encode()).hexdigest()[:16]


def _needed_by(path: str, files: Mapping[str, File], known: frozenset[str] = frozenset()) -> frozenset[str]:
    """Return what must be loaded for this module to run, itself included, besides what is *known* already."""
    found = known | {path}
    for wanted in IMPORT.findall(files[path].body.decode()):
        other = normpath(join(dirname(path), wanted))
        if other not in found:
            found = _needed_by(other, files, found)
    return found


def _filled(name: str, **names: str) -> File:
    text = _Filling((STATIC / name).read_text(encoding="utf-8")).substitute(names)
    return _file(text.encode(), Path(name).suffix)


class _Filling(Template):
    """Names to fill in look like %name%: JavaScript and JSON use what Python's own templates do."""

    pattern = r"%(?:(?P<named>[a-z]+)%|(?P<escaped>%%)|(?P<braced>(?!))|(?P<invalid>(?!)))"  # type: ignore[assignment]


def _file(body: bytes, suffix: str) -> File:
    packed = None if suffix in PICTURES else gzip.compress(body, compresslevel=9, mtime=0)
    return File(body, TYPES[suffix], packed)
