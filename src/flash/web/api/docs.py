"""The API's own page: Swagger UI over openapi.yaml, served from here and from nowhere else."""

from pathlib import Path
from typing import Any

from pyramid.response import FileResponse
from pyramid.view import view_config

PAGE = Path(__file__).parent / "swagger" / "index.html"

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'"
)
"""Swagger UI writes style attributes, so its styles cannot be held to files."""


@view_config(route_name="docs", request_method="GET")
def docs(request: Any) -> FileResponse:
    """Serve the page."""
    page = FileResponse(PAGE, request=request, content_type="text/html")
    page.headers["Content-Security-Policy"] = POLICY
    return page
