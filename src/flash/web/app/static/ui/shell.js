// What is around every screen: the state of the network and of the operators, and the way to the main places.

import { online, troubled } from "../core/connection.js";
import { place } from "../core/router.js";
import { asks, waiting } from "../core/sends.js";
import { config } from "../core/session.js";
import { released } from "../core/worker.js";
import { say } from "../words/say.js";
import { html } from "./html.js";
import { Icon } from "./icons.js";
import { Button } from "./parts.js";

const TABS = [
  { name: "home", icon: "home", label: "Home" },
  { name: "activity", icon: "activity", label: "Activity" },
  { name: "scan", icon: "scan", label: "Scan" },
  { name: "requests", icon: "request", label: "Requests" },
  { name: "profile", icon: "person", label: "Profile" },
];

/** @param {{ tabs: boolean, children?: any }} props */
export const Shell = ({ tabs, children }) => html`
  <a class="skip" href="#main" onClick=${skip}>${say("To the content")}</a>
  <div class="banners" role="status">
    ${!online.value && html`<p class="banner bad">${say("No connection. What you see may be old.")}</p>`}
    ${troubled.value.map((one) => html`<p class="banner wait" key=${one.operator}>${one.condition === "open"
      ? say("{brand} does not answer right now. Payments with it have to wait.", { brand: one.brand })
      : say("{brand} is slow right now. Payments may take longer.", { brand: one.brand })}</p>`)}
    ${waiting.value.length > 0 && place.value.name !== "sending" && html`<p class="banner wait">
      <a href="#/sending">${waiting.value.some(asks)
        ? say("A payment waits for your answer.")
        : say("A payment waits to be sent.")}</a></p>`}
    ${released.value && html`<p class="banner tell">${say("There is a new version of Flash.")} <${Button} kind="plain" onClick=${released.value}>${say("Load it")}<//></p>`}
    ${config.value?.demo && html`<p class="banner demo">${say("Demo: no real money moves.")}</p>`}
  </div>
  ${children}
  ${tabs && html`
    <nav class="tabs" aria-label=${say("Main places")}>
      ${TABS.map(({ name, icon, label }) => html`
        <a href=${`#/${name}`} aria-current=${place.value.name === name ? "page" : undefined}><${Icon} name=${icon} />${say(label)}</a>`)}
    </nav>`}`;

/** The address says where in the app one is, so that the link cannot do this by itself. @param {Event} event */
function skip(event) {
  event.preventDefault();
  document.querySelector("h1")?.focus();
}
