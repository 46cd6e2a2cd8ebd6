"""`make screenshots`: a picture of every screen of the web app, as several phones show it, in var/screenshots.

With --keep, those that the README and the app's manifest show are written to where they are kept.
"""

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, expect, sync_playwright

from browser.conftest import BUSY
from browser.people import Person
from live import Live, serving

ROOT = Path(__file__).parents[1]
SHOTS = ROOT / "var" / "screenshots"
ICONS = ROOT / "src/flash/web/app/static/icons"
PICTURES = ROOT / "docs/pictures"

SMALL, USUAL = {"width": 360, "height": 740}, {"width": 412, "height": 915}
LOOKS: Mapping[str, Mapping[str, Any]] = {
    "light": {"viewport": USUAL},
    "dark": {"viewport": USUAL, "color_scheme": "dark"},
    "360px": {"viewport": SMALL},
    "large-text": {"viewport": SMALL},
}
KEPT = {
    ("light", "home"): PICTURES / "home.png",
    ("light", "approval"): PICTURES / "approval.png",
    ("light", "receipt"): PICTURES / "receipt.png",
    ("dark", "activity"): PICTURES / "activity-dark.png",
    ("360px", "home"): ICONS / "shot-home.png",
    ("360px", "approval"): ICONS / "shot-approval.png",
}
"""Those of 360 px are as large as the manifest says, and no longer."""

CALL = """async ([method, path, body]) => {
    const session = await (await fetch("/api/auth/session/")).json();
    const headers = { "Content-Type": "application/json", "Flash-Csrf": session.csrf_token };
    const answer = await fetch(`/api${path}`, { method, headers, body: body && JSON.stringify(body) });
    return answer.json();
}"""
LARGE = "--blink-settings=defaultFontSize=32"
"""As who cannot read small text sets it in the browser: everything that is measured by the text grows."""

MUTALE, CHANDA = ("Mutale Banda", "0960000001"), ("Chanda Phiri", "0970000002")


def main() -> int:
    """Make them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", action="store_true", help="also those that are shown elsewhere")
    keep = parser.parse_args().keep
    chromium = shutil.which("chromium")
    if chromium is None:
        print("chromium is not installed: apt-get install chromium", file=sys.stderr)
        return 1
    shutil.rmtree(SHOTS, ignore_errors=True)
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(f"sqlite:///{folder}/flash.db", **BUSY) as live,
        sync_playwright() as playwright,
    ):
        browser, large = (
            playwright.chromium.launch(executable_path=chromium, args=[*arguments, *more]) for more in ([], [LARGE])
        )
        shown = _things_to_show(browser, live)
        for look in LOOKS:
            _look(large if look == "large-text" else browser, live, look, shown)
        browser.close()
        large.close()
    print(f"{len(list(SHOTS.rglob('*.png')))} pictures in {SHOTS.relative_to(ROOT)}")
    if keep:
        for (look, name), target in KEPT.items():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(SHOTS / look / f"{name}.png", target)
            print(target.relative_to(ROOT))
    return 0


def _things_to_show(browser: Browser, live: Live) -> dict[str, str]:
    """Let two people live for a while; return the ids of what they did."""
    mutale, chanda = (Person(*one, live.url, browser.new_context()) for one in (MUTALE, CHANDA))
    for one in (chanda, mutale):
        one.comes_in()
    ids = {}
    for name, amount, heading in (("completed", "25.50", "Payment sent"), ("failed", "120.62", "Payment failed")):
        mutale.sends(CHANDA[1], amount, "School fees" if name == "failed" else "Tomatoes")
        mutale.heads(heading)
        ids[name] = mutale.page.url.rpartition("/")[2]
    chanda.sends(MUTALE[1], "40", "Minibus")
    chanda.heads("Payment sent")
    asked = {"payer_phone": MUTALE[1], "amount": "75.00", "description": "Lunch"}
    ids["asked"] = chanda.page.evaluate(CALL, ["POST", "/transactions/request/", asked])["transaction_id"]
    asks = {"payer_phone": CHANDA[1], "amount": "18.00", "description": "Airtime"}
    ids["asks"] = mutale.page.evaluate(CALL, ["POST", "/transactions/request/", asks])["transaction_id"]
    for name, phone in (("Chanda", CHANDA[1]), ("Aunt Beatrice", "0960000005"), ("Landlord", "0770000003")):
        mutale.page.evaluate(CALL, ["POST", "/auth/contacts/", {"contact_name": name, "contact_phone": phone}])
    mutale.page.evaluate(CALL, ["POST", "/auth/send-invite/", {"message": "Join me on Flash"}])
    order = {"recipient_phone": CHANDA[1], "amount": "50.81", "description": "Rent"}
    ids["never"] = mutale.page.evaluate(CALL, ["POST", "/transactions/send/", order])["transaction_id"]
    mutale.context.close()
    chanda.context.close()
    return ids


def _look(browser: Browser, live: Live, look: str, ids: dict[str, str]) -> None:
    """Take the pictures of one look."""
    context = browser.new_context(locale="en-ZM", **LOOKS[look])
    one = Person(*MUTALE, live.url, context)

    def shoot(name: str, *, whole: bool = look not in ("light", "dark", "360px")) -> None:
        one.page.wait_for_load_state("networkidle")
        expect(one.page.locator(".loading")).to_have_count(0)
        target = SHOTS / look / f"{name}.png"
        one.page.screenshot(path=target, full_page=whole)

    for name in ("welcome", "sign-in", "sign-up", "help"):
        one.goes_to(name)
        shoot(name)
    one.goes_to("sign-up")
    one.enters("Phone number", f"096000001{list(LOOKS).index(look)}")  # One code for each number in so short a time.
    one.presses("Send me a code")
    one.page.get_by_label("Code of 6 digits").wait_for()
    shoot("sign-up-code", whole=True)
    one.page.get_by_role("heading", level=1).wait_for()
    one.comes_in()
    for name, place in _places(ids).items():
        one.goes_to(place)
        one.page.get_by_role("heading", level=1).wait_for()
        shoot(name)
    for name, stage in STAGES.items():
        stage(one, ids)
        shoot(name)
    assert one.complaints == [], one.complaints
    context.close()


def _places(ids: dict[str, str]) -> dict[str, str]:
    """Return the screens that an address leads to."""
    plain = [
        "home",
        "activity",
        "months",
        "requests",
        "request",
        "scan",
        "my-code",
        "contacts",
        "profile",
        "details",
        "pin",
        "security",
        "invites",
        "send",
    ]
    return {
        **{name: name for name in plain},
        "approval": f"approval/{ids['never']}",
        "receipt": f"receipt/{ids['completed']}",
        "payment": f"payment/{ids['completed']}",
        "payment-failed": f"payment/{ids['failed']}",
        "request-for-me": f"request/{ids['asked']}",
        "request-of-mine": f"request/{ids['asks']}",
    }


def _confirm(one: Person, _ids: dict[str, str]) -> None:
    one.prepares(CHANDA[1], "25.50", "Tomatoes")


def _refused(one: Person, _ids: dict[str, str]) -> None:
    one.goes_to("home")
    one.goes_to("send")
    one.enters("To which number?", "12")
    one.presses("Go on")


def _ended(which: str, heading: str) -> Callable[[Person, dict[str, str]], None]:
    def stage(one: Person, ids: dict[str, str]) -> None:
        one.goes_to(f"approval/{ids[which]}")
        one.heads(heading)

    return stage


def _still(one: Person, ids: dict[str, str]) -> None:
    one.page.route("**/api/demo/**", lambda route: route.abort())
    one.goes_to("home")
    one.page.evaluate(
        "(id) => sessionStorage.setItem(`flash.approval.${id}`, String(Date.now() - 200000))", ids["never"]
    )
    one.goes_to(f"approval/{ids['never']}")
    one.heads("Still with the operator")


def _offline(one: Person, _ids: dict[str, str]) -> None:
    one.goes_to("send")
    one.page.wait_for_load_state("networkidle")
    one.context.set_offline(True)
    one.prepares(CHANDA[1], "10")
    one.presses("Send when there is a network")
    one.heads("Waiting to be sent")


def _online(one: Person, _ids: dict[str, str]) -> None:
    one.presses("Do not send")
    one.context.set_offline(False)
    one.goes_to("home")
    one.page.evaluate(CALL, ["POST", "/auth/lock/", None])
    one.page.reload()
    one.heads("Flash is locked")


STAGES: Mapping[str, Callable[[Person, dict[str, str]], None]] = {
    "confirm": _confirm,
    "send-refused": _refused,
    "approval-completed": _ended("completed", "Payment sent"),
    "approval-failed": _ended("failed", "Payment failed"),
    "approval-still": _still,
    "offline": _offline,
    "locked": _online,
}


if __name__ == "__main__":
    sys.exit(main())
