// Starts the app, and shows the screen that the address names.

import { start as startConnection } from "./core/connection.js";
import { place, start as startRouter } from "./core/router.js";
import { start as startSends } from "./core/sends.js";
import { locked, signedIn, start as startSession, sure, user } from "./core/session.js";
import { start as startWorker } from "./core/worker.js";
import * as home from "./screens/home.js";
import * as welcome from "./screens/welcome.js";
import { html, render, useEffect, useState } from "./ui/html.js";
import { Button, Loading, Notice, Screen } from "./ui/parts.js";
import { Shell } from "./ui/shell.js";
import { say, speakFirst } from "./words/say.js";

/** Screens for whoever is not signed in. @type {Record<string, () => Promise<{ default: any }>>} */
const OUTSIDE = {
  welcome: async () => welcome,
  "sign-in": () => import("./screens/sign-in.js"),
  "sign-up": () => import("./screens/sign-up.js"),
  help: () => import("./screens/help.js"),
};
/** @type {Record<string, () => Promise<{ default: any }>>} */
const INSIDE = {
  home: async () => home,
  send: () => import("./screens/send.js"),
  sending: () => import("./screens/sending.js"),
  approval: () => import("./screens/approval.js"),
  receipt: () => import("./screens/receipt.js"),
  activity: () => import("./screens/activity.js"),
  months: () => import("./screens/months.js"),
  payment: () => import("./screens/payment.js"),
  requests: () => import("./screens/requests.js"),
  request: () => import("./screens/request.js"),
  scan: () => import("./screens/scan.js"),
  "my-code": () => import("./screens/my-code.js"),
  contacts: () => import("./screens/contacts.js"),
  profile: () => import("./screens/profile.js"),
  details: () => import("./screens/details.js"),
  pin: () => import("./screens/pin.js"),
  security: () => import("./screens/security.js"),
  invites: () => import("./screens/invites.js"),
  help: () => import("./screens/help.js"),
};
const LOCKED = () => import("./screens/locked.js");

function App() {
  if (!sure.value && !user.value && !locked.value) return html`<${Shell} tabs=${false}><${Starting} /><//>`;
  const screens = signedIn.value ? INSIDE : OUTSIDE;
  const { name, id } = place.value;
  const load = locked.value ? LOCKED : (screens[name] ?? (signedIn.value ? screens.home : screens.welcome));
  return html`
    <${Shell} tabs=${signedIn.value && !locked.value}>
      <${Loaded} load=${load} key=${`${locked.value} ${user.value?.id} ${name} ${id}`} id=${id} />
    <//>`;
}

/** @param {{ load: () => Promise<{ default: any }>, id: string }} props */
function Loaded({ load, id }) {
  const [there, setThere] = useState(/** @type {any} */ (load === INSIDE.home ? home : load === OUTSIDE.welcome ? welcome : null));
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    let gone = false;
    load().then((found) => gone || setThere(found), () => gone || setFailed(true));
    return () => {
      gone = true;
    };
  }, [load]);
  if (failed) return html`<${Unloaded} />`;
  return there ? html`<${there.default} id=${id} />` : html`<${Screen} title="Flash"><${Loading} /><//>`;
}

const Starting = () => html`<${Screen} title="Flash"><${Loading} rows=${5} /><//>`;

const Unloaded = () => html`
  <${Screen} title="Flash">
    <${Notice} kind="bad">${say("This part of Flash could not be loaded.")}<//>
    <${Button} onClick=${() => location.reload()}>${say("Try again")}<//>
  <//>`;

await speakFirst();
startRouter();
const root = /** @type {HTMLElement} */ (document.getElementById("app"));
root.textContent = "";
render(html`<${App} />`, root);
startSession().then(startSends).then(startConnection);
startWorker();
