"""The customer's web app, as browsers get it. What it does is in `static/`; it calls the API like any app."""

from typing import Any

from pyramid.config import Configurator
from pyramid.response import Response
from pyramid.view import view_config

from flash.domain.errors import NotFound
from flash.web.app.files import POLICY, File, app_files

FOR_EVER = "public, max-age=31536000, immutable"
"""For addresses that name the version: another version has other ones."""
EACH_TIME = "no-cache"
"""For addresses that stay: a browser asks each time whether there is something new."""


def includeme(config: Configurator) -> None:
    """Serve the app at /, and its files below /app/."""
    config.add_route("app", "/")
    config.add_route("app_worker", "/sw.js")
    config.add_route("app_manifest", "/manifest.webmanifest")
    config.add_route("app_file", "/app/{version}/{path:.*}")
    config.scan("flash.web.app")


@view_config(route_name="app", request_method="GET")
def page(request: Any) -> Response:
    """Serve the one page. It may use the camera, because it reads QR codes."""
    response = _answer(request, app_files().page, EACH_TIME)
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Permissions-Policy"] = "camera=(self), geolocation=(), microphone=(), payment=(), usb=()"
    return response


@view_config(route_name="app_worker", request_method="GET")
def worker(request: Any) -> Response:
    """Serve the service worker from the root, so that it may look after all of the app."""
    response = _answer(request, app_files().worker, EACH_TIME)
    response.headers["Content-Security-Policy"] = POLICY
    return response


@view_config(route_name="app_manifest", request_method="GET")
def manifest(request: Any) -> Response:
    """Serve what makes the app installable."""
    return _answer(request, app_files().manifest, EACH_TIME)


@view_config(route_name="app_file", request_method="GET")
def file(request: Any) -> Response:
    """Serve one file.

    While a release goes on, a page of one version may be served its files by a process of the other: it gets them as
    they are there, and nobody keeps them.
    """
    files = app_files()
    found = files.by_path.get(request.matchdict["path"])
    if found is None:
        raise NotFound("There is nothing at this address.")
    return _answer(request, found, FOR_EVER if request.matchdict["version"] == files.version else "no-store")


def _answer(request: Any, wanted: File, keeping: str) -> Response:
    # Whoever does not say what they take may not know how to unpack.
    taken = request.accept_encoding.acceptable_offers(["gzip"]) if request.accept_encoding else []
    packed = wanted.packed is not None and bool(taken)
    response = Response(
        body=wanted.packed if packed else wanted.body,
        content_type=wanted.content_type,
        charset="UTF-8" if wanted.packed is not None else None,
        conditional_response=True,
    )
    if packed:
        response.content_encoding = "gzip"
    response.vary = ("Accept-Encoding",)
    response.etag = f"{wanted.digest}{'-gzip' if packed else ''}"
    response.headers["Cache-Control"] = keeping
    return response
