"""What the page keeps to itself, and who may use it."""

import re

from playwright.sync_api import expect

from browser.people import INSTALLED

PAYEE = "0970000002"
PIN, PASSWORD = "271828", "flash-demo"
STORED = """async () => {
    const name = "flash";
    const open = indexedDB.open(name);
    await new Promise((resolve) => { open.onsuccess = resolve; });
    const read = (store) => new Promise((resolve) => {
        const all = open.result.transaction(store).objectStore(store).getAll();
        all.onsuccess = () => resolve(all.result);
    });
    const shelves = await Promise.all([...open.result.objectStoreNames].map(read));
    open.result.close();
    return JSON.stringify([shelves, {...localStorage}, {...sessionStorage}]);
}"""


def set_a_pin(payer):
    """Give the person a PIN."""
    payer.goes_to("pin")
    payer.enters("New PIN", PIN)
    payer.enters("New PIN once more", PIN)
    payer.presses("Set the PIN")
    payer.reads("Your PIN is set.")


def test_the_token_is_out_of_reach_for_scripts_and_nothing_secret_is_stored(payer):
    [cookie] = payer.context.cookies()
    assert cookie["name"] == "__Host-flash-session"
    assert (cookie["httpOnly"], cookie["secure"], cookie["sameSite"], cookie["path"]) == (True, True, "Strict", "/")
    assert payer.page.evaluate("document.cookie") == ""
    stored = payer.page.evaluate(STORED)
    assert "Mutale" in stored
    assert cookie["value"] not in stored
    assert "csrf" not in stored
    assert PASSWORD not in stored


def test_everything_comes_from_us_and_no_address_tells_anything_personal(payer):
    payer.sends(PAYEE, "12.50", "Tomatoes")
    payer.heads("Payment sent")
    payer.follows("Receipt")
    payer.heads("Receipt")
    payer.goes_to("activity")
    payer.heads("Activity")
    for call in payer.calls:
        path = call.partition(" ")[2]
        assert path.startswith(("/", "data:", "blob:")), path
        assert not re.search(r"\d{9}|Mutale|Tomatoes|12.50", path), path


def test_what_the_page_did_not_bring_along_does_not_run(payer):
    payer.page.evaluate("""() => {
        const script = document.createElement("script");
        script.textContent = "window.ran = true";
        document.body.append(script);
    }""")
    assert payer.page.evaluate("window.ran") is None
    assert "Content Security Policy" in payer.complaints.pop()


def test_whoever_signs_out_leaves_nothing_behind(payer):
    payer.goes_to("profile")
    payer.presses("Sign out")
    payer.heads("Flash")
    assert "Mutale" not in payer.page.evaluate(STORED)
    assert payer.context.cookies() == []
    payer.page.go_back()
    payer.heads("Flash")


def test_a_sign_in_that_is_ended_elsewhere_ends_here_too(payer, person):
    other = person("Mutale Banda", payer.number)
    other.comes_in()
    other.goes_to("security")
    other.presses("Sign out all others")
    other.reads("Only this one stays signed in.")
    other.presses("Sign out all others")
    expect(other.page.get_by_role("button", name="Sign out all others")).to_have_count(0)
    payer.goes_to("activity")
    payer.reads("You were signed out on this phone.")
    assert "Mutale" not in payer.page.evaluate(STORED)
    other.goes_to("home")
    other.is_home()


def test_an_app_that_nobody_touches_locks_itself_and_only_the_pin_or_the_password_opens_it(person, numbers):
    payer = person("Mutale Banda", next(numbers))
    payer.page.clock.install()
    payer.comes_in()
    set_a_pin(payer)
    payer.goes_to("home")
    payer.is_home()
    payer.page.clock.fast_forward(4 * 60_000)
    payer.is_home()
    payer.page.clock.fast_forward(6 * 60_000)
    payer.heads("Flash is locked")
    payer.page.reload()
    payer.heads("Flash is locked")
    locked = payer.page.evaluate("fetch('/api/auth/me/').then((answer) => answer.json())")
    assert locked["code"] == "session_locked"
    payer.enters("Your Flash PIN", "111111")
    payer.presses("Unlock")
    payer.reads(re.compile("PIN is wrong|wrong", re.IGNORECASE))
    payer.enters("Your Flash PIN", PIN)
    payer.presses("Unlock")
    payer.is_home()


def test_large_payments_need_the_pin(payer):
    set_a_pin(payer)
    payer.prepares(PAYEE, "1500")
    payer.enters("Your Flash PIN", "111111")
    payer.presses("Send K1,500.00")
    payer.reads(re.compile("wrong", re.IGNORECASE))
    payer.enters("Your Flash PIN", PIN)
    payer.presses("Send K1,500.00")
    payer.heads(re.compile("Approve|Payment sent"))
    payer.prepares(PAYEE, "999")
    expect(payer.page.get_by_label("Your Flash PIN")).to_have_count(0)


def test_what_is_pushed_is_shown_and_leads_to_its_payment(person, numbers):
    payer = person("Mutale Banda", next(numbers), **INSTALLED)
    payer.comes_in()
    payer.context.grant_permissions(["notifications"])
    payer.keeps_the_app()
    session = payer.context.new_cdp_session(payer.page)
    registrations = []
    session.on("ServiceWorker.workerRegistrationUpdated", lambda told: registrations.extend(told["registrations"]))
    session.send("ServiceWorker.enable")
    payer.page.wait_for_function("() => true")
    told = (
        '{"id": "a-message", "kind": "outcome", "title": "News of a payment", "body": "K25.50", "url": "/#/activity"}'
    )
    push = {"origin": payer.url, "registrationId": registrations[0]["registrationId"], "data": told}
    session.send("ServiceWorker.deliverPushMessage", push)
    session.send("ServiceWorker.deliverPushMessage", push)
    shown = """async () => {
        const { ready } = navigator.serviceWorker;
        for (;;) {
            const all = await (await ready).getNotifications();
            if (all.length) return all.map(({title, body, tag, data}) => [title, body, tag, data.url]);
            await new Promise((resolve) => setTimeout(resolve, 50));
        }
    }"""
    assert payer.page.evaluate(shown) == [["News of a payment", "K25.50", "a-message", "/#/activity"]]
