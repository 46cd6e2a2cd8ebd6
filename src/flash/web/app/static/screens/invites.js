// Inviting others: each code brings one new person.

import { get, post } from "../core/api.js";
import { day, mayBePhone } from "../core/money.js";
import { useData, useDoing } from "../ui/doing.js";
import { html, useState } from "../ui/html.js";
import { Field, Form, NotYet, Screen, Submit, Trouble } from "../ui/parts.js";
import { SERVICE } from "../ui/ours.js";
import { ShareButton } from "../ui/share-button.js";
import { say } from "../words/say.js";

/** @type {Record<string, () => string>} */
const STANDINGS = { pending: () => say("Not used yet"), joined: () => say("Has joined"), expired: () => say("Has expired") };

export default function Invites() {
  const { data, problem, reload } = useData(() => get("/auth/invite-data/"), { name: "invites" });
  return html`
    <${Screen} title=${say("Invites")} back="profile">
      ${data ? html`<${Told} mine=${data} changed=${reload} />` : html`<${NotYet} problem=${problem} rows=${4} />`}
    <//>`;
}

/** @param {{ mine: any, changed: () => void }} props */
function Told({ mine, changed }) {
  const { problem, run } = useDoing();
  const { inviteCode: code, invitesRemaining: left } = mine;
  // The service counts a code once it was given to somebody.
  const given = () => left > 0 && run(async () => {
    await post("/auth/send-invite/", {});
    changed();
  });
  return html`
    <p>${say("You can invite {count} people. You have {left} invites left.", { count: mine.totalInvites, left })}</p>
    ${code && html`
      <p class="middle">${say("Your next code")}</p>
      <p class="to">${code}</p>
      <div class="stack">
        <${ShareButton} kind="main" onShared=${given} title="Flash"
          text=${say("Send money to any phone in Zambia with Flash. My invite code for you: {code}. Sign up here: {link}", { code, link: `${SERVICE}/#/sign-up` })} />
      </div>
      <${Trouble} problem=${problem} />`}
    ${left > 0 && html`<${ByMessage} changed=${changed} />`}
    <h2>${say("Whom you invited")}</h2>
    ${mine.invitedUsers.length
      ? html`<ul class="rows">${mine.invitedUsers.map((/** @type {any} */ one) => html`
          <li key=${one.id} class="inner"><strong>${one.name}</strong><p class="hint">${[one.phone, day(one.invitedAt), STANDINGS[one.status]()].filter(Boolean).join(", ")}</p></li>`)}</ul>`
      : html`<p class="hint">${say("Nobody yet.")}</p>`}`;
}

/** @param {{ changed: () => void }} props */
function ByMessage({ changed }) {
  const [phone, setPhone] = useState("");
  const [told, setTold] = useState("");
  const { busy, problem, setProblem, run } = useDoing();
  const send = () => run(async () => {
    setTold("");
    if (!mayBePhone(phone)) return setProblem({ field: "phone_number", text: say("Please enter a Zambian mobile number, like 096 0000 123."), code: "" });
    await post("/auth/send-invite/", { phone_number: phone });
    setTold(say("Your invite is on its way."));
    setPhone("");
    changed();
  });
  return html`
    <details class="card">
      <summary>${say("Let Flash send it")}</summary>
      <${Form} onSend=${send}>
        <${Field} label=${say("Phone number")} name="phone_number" type="tel" inputmode="tel" autocomplete="off" value=${phone} onValue=${setPhone} problem=${problem}
          hint=${say("We send them one text message with your first name and the code.")} />
        <${Trouble} problem=${problem} fields=${["phone_number"]} />
        <${Submit} busy=${busy}>${say("Send the invite")}<//>
      <//>
      <p class="good" role="status">${told}</p>
    </details>`;
}
