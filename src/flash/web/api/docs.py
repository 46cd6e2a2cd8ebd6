"""The API's own page: Swagger UI over openapi.yaml, served from here and from nowhere else."""

from pathlib import Path
from typing import Any

from pyramid.response import FileResponse
from pyramid.view import view_config

from flash.domain.errors import NotFound

SWAGGER = Path(__file__).parent / "swagger"
ASSETS = {path.name: path for path in SWAGGER.iterdir() if path.suffix in (".css", ".js")}

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'"
)
"""Swagger UI writes style attributes, so its styles cannot be held to files."""


@view_config(route_name="docs", request_method="GET")
def docs(request: Any) -> FileResponse:
    """Serve the page."""
    page = FileResponse(SWAGGER / "index.html", request=request, content_type="text/html")
    page.headers["Content-Security-Policy"] = POLICY
    return page


@view_config(route_name="docs_asset", request_method="GET")
def asset(request: Any) -> FileResponse:
    """Serve what the page loads; browsers may keep it for an hour."""
    path = ASSETS.get(request.matchdict["name"])
    if path is None:
        raise NotFound
    response = FileResponse(path, request=request)
    response.headers["Cache-Control"] = "max-age=3600"
    return response
