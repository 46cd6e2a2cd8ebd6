"""What a person does with the app, in the words that are on the screen."""

import re
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import APIResponse, BrowserContext, ConsoleMessage, Page, Request, Response, expect

PASSWORD = "flash-demo"
PATIENCE_MS = 15_000
INSTALLED = {"installed": True}
"""A phone that keeps the app, to be used without a network. All others fetch it with each page, which takes less."""
NOT_INSTALLED = "delete Navigator.prototype.serviceWorker;"
KEEPS = """() => new Promise((resolve) => {
    const { serviceWorker } = navigator;
    if (serviceWorker.controller) resolve();
    else serviceWorker.addEventListener("controllerchange", () => resolve());
})"""
EXPECTED = re.compile(r"Failed to load resource")
"""What Chromium says of each refusal; refusals are looked at by status."""

IMPATIENT = """setInterval(() => {
    if (location.hash.startsWith("#/approval")) document.dispatchEvent(new Event("visibilitychange"));
}, 250)"""

expect.set_options(timeout=PATIENCE_MS)


@dataclass
class Person:
    """Somebody with a phone.

    Attributes:
        complaints: mistakes of the page: errors in scripts, what the policy forbade, and answers that should not be.
        calls: method and path of each request of the page.
        answers: the same with the status of its answer, as they came.
    """

    name: str
    number: str
    url: str
    context: BrowserContext
    complaints: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    answers: list[tuple[str, int]] = field(default_factory=list)
    page: Page = field(init=False)

    def __post_init__(self) -> None:
        self.context.set_default_timeout(PATIENCE_MS)
        self.page = self.open()

    def open(self) -> Page:
        """Open another page of the same browser, and look at all that it does."""
        page = self.context.new_page()
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("response", self._answered)
        page.on("request", lambda request: self.calls.append(self._named(request)))
        return page

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not EXPECTED.search(message.text):
            self.complaints.append(message.text)

    def _named(self, request: Request) -> str:
        return f"{request.method} {request.url.removeprefix(self.url)}"

    def _answered(self, response: Response) -> None:
        self.answers.append((self._named(response.request), response.status))
        if response.status >= 500 or (response.status == 404 and "/api/" not in response.url):
            self.complaints.append(f"{response.status} {response.url}")

    def is_impatient(self) -> None:
        """Look away from a payment and back again all the time, so that the page asks at once how it stands."""
        self.context.add_init_script(IMPATIENT)

    def keeps_the_app(self) -> None:
        """Wait until the phone can do without a network."""
        self.page.evaluate(KEEPS)

    def goes_to(self, place: str) -> None:
        """Go to a screen by its address; whoever is there already stays."""
        self.page.goto(f"{self.url}/#/{place}")

    def heads(self, heading: str | re.Pattern[str]) -> None:
        """See that the screen is called so."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text(heading)

    def reads(self, text: str | re.Pattern[str]) -> None:
        """See that the screen says so."""
        expect(self.page.get_by_text(text).first).to_be_visible()

    def enters(self, label: str, text: str) -> None:
        """Fill in a field."""
        self.page.get_by_label(label, exact=False).first.fill(text)

    def presses(self, name: str | re.Pattern[str]) -> None:
        """Press a button."""
        self.page.get_by_role("button", name=name).first.click()

    def follows(self, name: str | re.Pattern[str]) -> None:
        """Follow a link."""
        self.page.get_by_role("link", name=name).first.click()

    def holds(self, label: str, text: str) -> None:
        """See what a field holds."""
        expect(self.page.get_by_label(label, exact=False).first).to_have_value(text)

    def signs_up(self, invite: str = "") -> None:
        """Make an account, or set a new password."""
        self.goes_to("sign-up")
        self.enters("Phone number", self.number)
        self.presses("Send me a code")
        shown = self.page.get_by_text("Demo: your code is")
        self.enters("Code of 6 digits", re.findall(r"\d{6}", shown.inner_text())[0])
        self.enters("Your name", self.name)
        self.enters("Choose a password", PASSWORD)
        if invite:
            self.enters("Invite code", invite)
            self.reads("This invite is good.")
        self.presses("Sign up")
        self.is_home()

    def comes_in(self) -> None:
        """Be signed in, without the screens that lead there."""
        if not self._posts("login", password=PASSWORD).ok:
            code = self._posts("send-otp").json()["debug_code"]
            self._posts("verify-otp", otp_code=code)
            assert self._posts("register", password=PASSWORD, password_confirm=PASSWORD, full_name=self.name).ok
        # Otherwise the app would find a sign-in that nobody has used for long, and lock itself.
        self.context.add_init_script("localStorage['flash.active'] ??= String(Date.now())")
        self.page.goto(self.url)
        self.is_home()

    def posts(self, path: str, **body: str) -> Any:
        """Ask the service for something, without the screen."""
        proof = self.context.request.get(f"{self.url}/api/auth/session/").json()["csrf_token"]
        answer = self.context.request.post(f"{self.url}/api/{path}/", data=body, headers={"Flash-Csrf": proof})
        assert answer.ok, answer.text()
        return answer.json()

    def _posts(self, what: str, **more: str) -> APIResponse:
        body = {"phone_number": self.number, **more}
        return self.context.request.post(f"{self.url}/api/auth/{what}/", data=body, headers={"Flash-Session": "cookie"})

    def signs_in(self) -> None:
        """Sign in with the password."""
        self.goes_to("sign-in")
        self.enters("Phone number", self.number)
        self.enters("Password", PASSWORD)
        self.presses("Sign in")
        self.is_home()

    def unlocks(self) -> None:
        """Prove to an app that has locked itself that it is them."""
        self.heads("Flash is locked")
        self.enters("Password", PASSWORD)
        self.presses("Unlock")

    def is_home(self) -> None:
        """See the first screen inside."""
        self.heads(f"Hello, {self.name.split()[0]}")

    def prepares(self, to: str, amount: str, what_for: str = "") -> None:
        """Fill in a payment, up to the question whether it is right."""
        self.goes_to("send")
        self.enters("To which number?", to)
        self.enters("How much", amount)
        self.enters("What for?", what_for)
        self.presses("Go on")
        self.heads("Is this right?")

    def sends(self, to: str, amount: str, what_for: str = "") -> None:
        """Order a payment, up to waiting for it."""
        self.prepares(to, amount, what_for)
        self.presses(re.compile("^Send K"))
