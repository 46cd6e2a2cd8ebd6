// Taking one's data along, and leaving for good.

import { call, post } from "../core/api.js";
import { signOut } from "../core/session.js";
import { repeat, say } from "../words/say.js";
import { Confirmed } from "./confirm.js";
import { useDoing } from "./doing.js";
import { html, useState } from "./html.js";
import { Button, Notice, Secret, Trouble } from "./parts.js";
import { save } from "./share.js";

export function Leaving() {
  const [password, setPassword] = useState("");
  const [kept, setKept] = useState(/** @type {string[] | null} */ (null));
  const { busy, problem, run } = useDoing();
  const take = () => run(async () => save((await call("GET", "/auth/export/", { asFile: true })).data, "Flash data.json"));
  const leave = async () => setKept((await post("/auth/delete-account/", { password })).kept);
  if (kept) {
    return html`
      <${Notice} kind="good">${say("Your account is deleted.")}<//>
      <p>${say("What has to be kept:")}</p>
      <ul>${kept.map((one) => html`<li key=${one}>${repeat(one)}</li>`)}</ul>
      <div class="stack"><${Button} onClick=${() => run(signOut)}>${say("Done")}<//></div>`;
  }
  return html`
    <${Trouble} problem=${problem} />
    <div class="stack"><${Button} kind="second" busy=${busy} onClick=${take}>${say("Save all my data")}<//></div>
    <${Confirmed} label=${say("Delete my account")} act=${leave}
      question=${say("Your name, contacts, requests and sign-ins are deleted, for ever. Payments stay, because the law wants them kept.")}>
      <${Secret} label=${say("Password")} name="delete-password" autocomplete="current-password" value=${password} onValue=${setPassword} />
    <//>`;
}
