"""The app is for everybody: with large text, in the dark, with the keyboard alone, and read out."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from browser.people import INSTALLED, PASSWORD
from flash.web.app.files import STATIC
from tools import from_npm

TOOLS = Path(__file__).parents[2] / "tools" / "web"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PAYEE = "0970000002"
GOOD, REFUSED, NEVER_ANSWERED = "30.00", "30.62", "30.81"
PHONE, TALL = {"width": 360, "height": 740}, {"width": 360, "height": 5000}
UNFOLD = """() => {
    for (const folded of document.querySelectorAll("details")) folded.open = true;
}"""
VIOLATIONS = """async rules => {
    const { violations } = await axe.run({ runOnly: rules, resultTypes: ["violations"] });
    return violations.flatMap(({ id, nodes }) => nodes.map(node => `${id}: ${node.target}: ${node.failureSummary}`));
}"""
WIDER = """() => {
    const { documentElement: page } = document;
    page.style.fontSize = "200%";
    const sticksOut = one => one.getBoundingClientRect().right > page.clientWidth + 0.5;
    const wider = [...document.querySelectorAll("#app *")].filter(sticksOut);
    const overflows = page.scrollWidth > page.clientWidth;
    page.style.fontSize = "";
    return overflows ? wider.map(one => `${one.tagName} ${one.className}: ${one.textContent}`) : [];
}"""

FOCUSED = """() => {
    const one = document.activeElement;
    const { left, top, width, height } = one.getBoundingClientRect();
    const there = document.elementFromPoint(left + width / 2, top + height / 2);
    const { outlineStyle, outlineWidth } = getComputedStyle(one.closest(".file") ?? one);
    return {
        name: (one.ariaLabel ?? one.labels?.[0]?.textContent ?? one.textContent).trim(),
        marked: one.matches(":focus-visible") && outlineStyle !== "none" && parseFloat(outlineWidth) >= 2,
        covered: !one.contains(there) && !there?.contains(one),
    };
}"""


@pytest.fixture(scope="session")
def axe():
    """What finds mistakes by the rules of WCAG."""
    return from_npm(TOOLS, "axe-core/axe.min.js")


@pytest.fixture(scope="module")
def chanda(regular):
    somebody = regular("Chanda Phiri", PAYEE)
    somebody.comes_in()
    return somebody


@pytest.fixture(scope="module")
def mutale(regular, axe, chanda):
    """Somebody who has something of everything."""
    somebody = regular("Mutale Banda", "0960000001")
    somebody.context.add_init_script(path=axe)
    somebody.is_impatient()
    somebody.comes_in()
    somebody.posts("auth/contacts", contact_name="Aunt Mary", contact_phone="0970000006")
    return somebody


@pytest.fixture(scope="module")
def known(mutale, chanda):
    """The ids of what there is, by what it is."""
    ids = {}
    for name, amount, heading in (("sent", GOOD, "Payment sent"), ("failed", REFUSED, "Payment failed")):
        ids[name] = mutale.posts("transactions/send", recipient_phone=PAYEE, amount=amount, description="Tomatoes")[
            "transaction_id"
        ]
        mutale.goes_to(f"approval/{ids[name]}")
        mutale.heads(heading)
    ids["waiting"] = mutale.posts("transactions/send", recipient_phone=PAYEE, amount=NEVER_ANSWERED)["transaction_id"]
    ids["asked"] = chanda.posts("transactions/request", payer_phone=mutale.number, amount="40.00", description="Maize")[
        "transaction_id"
    ]
    ids["mine"] = mutale.posts("transactions/request", payer_phone=PAYEE, amount="50.00", description="Eggs")[
        "transaction_id"
    ]
    return ids


def looks_right(page):
    """See that there is no mistake in the light and in the dark, also in what is folded up, and room for large text."""
    page.evaluate(UNFOLD)
    # What lies under the bar at the bottom comes forth by scrolling, which axe does not do.
    page.set_viewport_size(TALL)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate(VIOLATIONS, RULES) == [], scheme
    page.set_viewport_size(PHONE)
    assert page.evaluate(WIDER) == []


def is_for_everybody(somebody, heading):
    """See that a screen is read out when it appears, and looks right."""
    somebody.heads(heading)
    expect(somebody.page.get_by_role("heading", level=1)).to_be_focused()
    expect(somebody.page.locator(".loading")).to_have_count(0)
    looks_right(somebody.page)


@pytest.mark.parametrize(
    ("place", "heading"),
    [
        ("home", "Hello, Mutale"),
        ("send", "Send money"),
        ("sending", "Waiting to be sent"),
        ("approval/{waiting}", "Approve on your phone"),
        ("approval/{sent}", "Payment sent"),
        ("approval/{failed}", "Payment failed"),
        ("receipt/{sent}", "Receipt"),
        ("receipt/{failed}", "Receipt"),
        ("activity", "Activity"),
        ("months", "Months"),
        ("payment/{waiting}", "Payment"),
        ("payment/{failed}", "Payment"),
        ("requests", "Requests"),
        ("request", "Ask for money"),
        ("request/{asked}", "Request"),
        ("request/{mine}", "Request"),
        ("scan", "Scan"),
        ("my-code", "My code"),
        ("contacts", "Contacts"),
        ("profile", "Profile"),
        ("details", "My details"),
        ("pin", "Set a PIN"),
        ("security", "Security"),
        ("invites", "Invites"),
        ("help", "Help"),
    ],
)
def test_a_screen_is_for_everybody(mutale, known, place, heading):
    mutale.goes_to(place.format(**known))
    is_for_everybody(mutale, heading)


def test_the_question_whether_a_payment_is_right_is_for_everybody(mutale, known):
    mutale.prepares("0970000009", "12")
    is_for_everybody(mutale, "Is this right?")


def test_what_a_contact_unfolds_is_for_everybody(mutale):
    mutale.goes_to("contacts")
    mutale.presses(re.compile("^Aunt Mary"))
    mutale.presses("Delete")
    mutale.reads("Shall Aunt Mary be deleted")
    looks_right(mutale.page)


@pytest.mark.parametrize(
    ("language", "name", "number"), [("bem", "Icibemba", "0960000008"), ("ny", "Chinyanja", "0960000009")]
)
def test_in_other_languages_it_is_for_everybody(person, axe, language, name, number):
    mumba = person("Mumba Sinkala", number)
    mumba.context.add_init_script(path=axe)
    mumba.comes_in()
    mumba.goes_to("details")
    mumba.presses(name)
    expect(mumba.page.locator("html")).to_have_attribute("lang", language)
    waiting = mumba.posts("transactions/send", recipient_phone=PAYEE, amount=NEVER_ANSWERED)["transaction_id"]
    for place, heading in (
        ("home", "Hello, {name}"),
        ("send", "Send money"),
        (f"approval/{waiting}", "Approve on your phone"),
    ):
        mumba.goes_to(place)
        is_for_everybody(mumba, said_in(language, heading).format(name="Mumba"))


def said_in(language, text):
    """Return how a text is said in another language."""
    catalogue = (STATIC / "words" / f"{language}.js").read_text(encoding="utf-8")
    return json.loads(re.search(f"^  {re.escape(json.dumps(text))}: (.*),$", catalogue, re.MULTILINE)[1])


def test_the_screens_before_somebody_is_in_are_for_everybody(person, axe):
    stranger = person("Bwalya Zulu", "0960000004")
    stranger.context.add_init_script(path=axe)
    for place, heading in (("welcome", "Flash"), ("sign-in", "Sign in"), ("help", "Help"), ("sign-up", "Sign up")):
        stranger.goes_to(place)
        is_for_everybody(stranger, heading)
    stranger.enters("Phone number", stranger.number)
    stranger.presses("Send me a code")
    stranger.reads("Demo: your code is")
    is_for_everybody(stranger, "Sign up")


def test_the_screens_that_few_people_see_are_for_everybody(person, axe):
    natasha = person("Natasha Mwale", "0960000005", **INSTALLED)
    natasha.context.add_init_script(path=axe)
    natasha.page.route("**/api/config/", gives_up_at_once)
    natasha.comes_in()
    natasha.keeps_the_app()
    natasha.context.set_offline(True)
    natasha.prepares(PAYEE, NEVER_ANSWERED)
    natasha.presses("Send when there is a network")
    natasha.reads("It goes as soon as there is a network.")
    is_for_everybody(natasha, "Waiting to be sent")
    natasha.context.set_offline(False)
    is_for_everybody(natasha, "Still with the operator")
    natasha.goes_to("profile")
    natasha.presses("Lock now")
    is_for_everybody(natasha, "Flash is locked")


def gives_up_at_once(route):
    """Answer as the service does, where nobody waits for an operator."""
    route.fulfill(json={**route.fetch().json(), "give_up_after_s": 0})


def tabs_to(page, name):
    """Go on by Tab until something has the focus; on the way there it is always seen what has it."""
    for _ in range(40):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        assert focused["marked"], focused
        assert not focused["covered"], focused
        if focused["name"].startswith(name):
            return
    pytest.fail(f"Tab does not lead to {name}")


def test_the_keyboard_alone_signs_out_and_in_and_sends_up_to_the_receipt(person):
    bwalya = person("Bwalya Zulu", "0960000007")
    bwalya.is_impatient()
    bwalya.comes_in()

    def hears(heading):
        bwalya.heads(heading)
        expect(bwalya.page.get_by_role("heading", level=1)).to_be_focused()

    def follows(heading, *names):
        """Press what is called so, and hear where that leads."""
        for name in names:
            tabs_to(bwalya.page, name)
        bwalya.page.keyboard.press("Enter")
        hears(heading)

    def types(name, text):
        tabs_to(bwalya.page, name)
        bwalya.page.keyboard.type(text)

    hears("Hello, Bwalya")
    follows("Profile", "Profile")
    follows("Flash", "Sign out")
    follows("Sign in", "Sign in")
    types("Phone number", bwalya.number)
    types("Password", PASSWORD)
    follows("Hello, Bwalya")
    follows("Send money", "Send")
    types("To which number?", PAYEE)
    types("How much", "12")
    follows("Is this right?", "What for?", "Go on")
    follows("Payment sent", "Send K12.00")
    follows("Receipt", "Receipt")
    tabs_to(bwalya.page, "Profile")
