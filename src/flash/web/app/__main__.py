"""`python -m flash.web.app FOLDER --api-url URL`: write the web app for a phone's app that carries it along."""

import argparse
import sys
from pathlib import Path
from urllib.parse import urlsplit

from flash.web.app.files import POLICY, put_together

NOT_IN_PAGES = ("frame-ancestors", "manifest-src", "worker-src")
"""What a page cannot say of itself, and what only a browser has."""
PHONE_POLICY = "; ".join(
    # An iPhone has the page at capacitor://localhost. Calls to the API leave by the phone, not by the page.
    part.replace("'self'", "'self' capacitor://localhost")
    for part in POLICY.split("; ")
    if not part.startswith(NOT_IN_PAGES)
)


def main() -> None:
    """Write it."""
    parser = argparse.ArgumentParser(prog="python -m flash.web.app", description="Write the web app into a folder.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--api-url", required=True, help="where the API is, like https://api.example.com/api")
    wanted = parser.parse_args()
    if urlsplit(wanted.api_url).scheme != "https":
        parser.error("the API must be reached by https://")
    sys.stdout.write(f"{bundle(wanted.folder, wanted.api_url)} files in {wanted.folder}\n")


def bundle(folder: Path, api_url: str) -> int:
    """Write the app so that it needs no server but the API.

    Returns:
        How many files there are.
    """
    app = put_together(
        at=".", api=api_url.rstrip("/"), head=f'<meta http-equiv="Content-Security-Policy" content="{PHONE_POLICY}">'
    )
    files = {**app.by_path, "index.html": app.page}
    for path, file in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.body)
    return len(files)


if __name__ == "__main__":
    main()
