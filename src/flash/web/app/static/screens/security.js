// Security: where I am signed in, the password, when the app locks, what it may tell me, and leaving.

import { call, get, post } from "../core/api.js";
import { moment } from "../core/money.js";
import { lockAfter } from "../core/session.js";
import { keep } from "../core/shelf.js";
import { Check, Select } from "../ui/choose.js";
import { Confirmed } from "../ui/confirm.js";
import { deviceName } from "../ui/device.js";
import { useData, useDoing } from "../ui/doing.js";
import { html, useEffect, useState } from "../ui/html.js";
import { Leaving } from "../ui/leaving.js";
import { Form, NotYet, Notice, Screen, Secret, Submit, Trouble } from "../ui/parts.js";
import { pushOff, pushOn, pushState } from "../ui/push.js";
import { say } from "../words/say.js";

const MINUTES = [1, 2, 5, 10, 30, 60];
const USUAL = 5;

export default function Security() {
  return html`
    <${Screen} title=${say("Security")} back="profile">
      <h2>${say("Locking")}</h2>
      <${Locking} />
      <h2>${say("Notifications")}</h2>
      <${Notifications} />
      <h2>${say("Where you are signed in")}</h2>
      <${Sessions} />
      <h2>${say("Password")}</h2>
      <${Password} />
      <h2>${say("Your data")}</h2>
      <${Leaving} />
    <//>`;
}

function Locking() {
  const { problem, run } = useDoing();
  const minutes = lockAfter.value;
  const set = (/** @type {number} */ wanted) => run(async () => {
    const body = wanted ? { auto_lock_enabled: true, auto_lock_time: wanted } : { auto_lock_enabled: false };
    await call("PATCH", "/auth/security-settings/", { body });
    lockAfter.value = wanted;
    await keep("lock_after", wanted);
  });
  const choices = [...new Set([...MINUTES, minutes || USUAL])].sort((one, other) => one - other);
  return html`
    <${Check} label=${say("Lock Flash when nobody uses it")} name="auto_lock" value=${minutes > 0} onValue=${(/** @type {boolean} */ on) => set(on ? USUAL : 0)} />
    ${minutes > 0 && html`<${Select} label=${say("After how many minutes?")} name="auto_lock_time" value=${String(minutes)}
      onValue=${(/** @type {string} */ text) => set(Number(text))} options=${choices.map((one) => [String(one), String(one)])} />`}
    <${Trouble} problem=${problem} />`;
}

function Notifications() {
  const [state, setState] = useState(/** @type {import("../ui/push.js").State | null} */ (null));
  const { busy, problem, run } = useDoing();
  useEffect(() => {
    pushState().then(setState);
  }, []);
  const set = async (/** @type {boolean} */ on) => {
    let now = state;
    await run(async () => setState((now = await (on ? pushOn() : pushOff()))));
    return (now === "on") === on;
  };
  if (state === null) return null;
  if (state === "none") return html`<p class="hint">${say("Notifications cannot be shown here. You get text messages instead.")}</p>`;
  if (state === "forbidden") return html`<p class="hint">${say("Flash may not show notifications. You can allow it in the settings of your browser.")}</p>`;
  return html`
    <${Check} label=${say("Tell me on this phone how payments end, and who asks me")} name="push" value=${state === "on"} aria-busy=${busy}
      onValue=${set} />
    ${state === "failed" && html`<${Notice} kind="bad">${say("Your browser could not switch them on. Please try again later.")}<//>`}
    <${Trouble} problem=${problem} />`;
}

function Sessions() {
  const { data, problem, reload } = useData(() => get("/auth/sessions/"));
  if (!data) return html`<${NotYet} problem=${problem} rows=${2} />`;
  return html`
    <ul class="rows">${data.map((/** @type {any} */ one) => html`
      <li key=${one.id} class="inner">
        <strong>${deviceName(one.device)}</strong>
        <p class="hint">${one.current ? say("This one, since {time}", { time: moment(one.created_at) }) : say("Since {time}", { time: moment(one.created_at) })}</p>
        ${!one.current && html`<${Confirmed} kind="plain" label=${say("Sign it out")} question=${say("Whoever uses it has to sign in anew.")}
          act=${() => call("DELETE", `/auth/sessions/${one.id}/`).then(reload)} />`}
      </li>`)}
    </ul>
    ${data.length > 1 && html`<${Confirmed} label=${say("Sign out all others")} question=${say("Only this one stays signed in.")}
      act=${() => post("/auth/sessions/revoke-others/").then(reload)} />`}`;
}

function Password() {
  const [current, setCurrent] = useState("");
  const [wanted, setWanted] = useState("");
  const [done, setDone] = useState(false);
  const { busy, problem, run } = useDoing();
  const change = () => run(async () => {
    setDone(false);
    await post("/auth/change-password/", { current_password: current, new_password: wanted });
    setDone(true);
    setCurrent("");
    setWanted("");
  });
  return html`
    <details class="card">
      <summary>${say("Change the password")}</summary>
      <p class="hint">${say("All other devices are signed out by that.")}</p>
      <${Form} onSend=${change}>
        <${Secret} label=${say("The password you have")} name="current_password" autocomplete="current-password" value=${current} onValue=${setCurrent} problem=${problem} />
        <${Secret} label=${say("New password")} name="new_password" autocomplete="new-password" value=${wanted} onValue=${setWanted} problem=${problem} />
        <${Trouble} problem=${problem} fields=${["current_password", "new_password"]} />
        ${done && html`<${Notice} kind="good">${say("Your password is changed.")}<//>`}
        <${Submit} busy=${busy}>${say("Change the password")}<//>
      <//>
    </details>`;
}
