// Who I am here, what I may send, and the way to all the rest.

import { get } from "../core/api.js";
import { kwacha, spoken } from "../core/money.js";
import { go } from "../core/router.js";
import { hasPin, lock, signOut, user } from "../core/session.js";
import { useData, useDoing } from "../ui/doing.js";
import { html } from "../ui/html.js";
import { Button, Facts, LinkRow, Screen, Trouble } from "../ui/parts.js";
import { say } from "../words/say.js";

export default function Profile() {
  const me = user.value;
  const { data: wallet } = useData(() => get("/transactions/wallet/"), { name: "wallet" });
  const { busy, problem, run } = useDoing();
  const leave = () => run(async () => {
    await signOut();
    go("welcome", { instead: true });
  });
  if (!me) return null;
  return html`
    <${Screen} title=${say("Profile")}>
      <p class="to">${me.full_name}</p>
      <${Facts} rows=${[
        [say("Phone number"), spoken(me.phone_number)],
        [say("Tier"), String(me.kyc_tier)],
        wallet && [say("Limit of a day"), kwacha(wallet.daily_limit)],
        wallet && [say("Sent today"), kwacha(wallet.daily_spent)],
      ]} />
      <nav aria-label=${say("What else there is")}>
        <ul class="rows">
          <li><${LinkRow} href="#/details" icon="person">${say("My details and language")}<//></li>
          <li><${LinkRow} href="#/contacts" icon="people">${say("Contacts")}<//></li>
          <li><${LinkRow} href="#/requests" icon="request">${say("Requests")}<//></li>
          <li><${LinkRow} href="#/my-code" icon="code">${say("My code")}<//></li>
          <li><${LinkRow} href="#/invites" icon="gift">${say("Invites")}<//></li>
          <li><${LinkRow} href="#/pin" icon="lock">${hasPin.value ? say("Change the PIN") : say("Set a PIN")}<//></li>
          <li><${LinkRow} href="#/security" icon="phone">${say("Security and notifications")}<//></li>
          <li><${LinkRow} href="#/help" icon="help">${say("Help")}<//></li>
        </ul>
      </nav>
      <${Trouble} problem=${problem} />
      <div class="stack">
        <${Button} kind="second" onClick=${lock}>${say("Lock now")}<//>
        <${Button} kind="danger" busy=${busy} onClick=${leave}>${say("Sign out")}<//>
      </div>
    <//>`;
}
