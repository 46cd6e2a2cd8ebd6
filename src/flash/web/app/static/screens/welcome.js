// The first thing that a stranger sees.

import { notice } from "../core/session.js";
import { html } from "../ui/html.js";
import { Notice, Screen } from "../ui/parts.js";
import { Languages } from "../ui/languages.js";
import { repeat, say } from "../words/say.js";

export default function Welcome() {
  return html`
    <${Screen} title="Flash">
      ${notice.value && html`<${Notice} kind="wait">${repeat(notice.value)}<//>`}
      <p class="lead">${say("Send kwacha to any MTN or Airtel number in Zambia.")}</p>
      <p>${say("You approve each payment with the PIN of your own wallet, on your own phone. Flash never holds your money.")}</p>
      <div class="stack">
        <a class="button main" href="#/sign-up">${say("Sign up")}</a>
        <a class="button second" href="#/sign-in">${say("Sign in")}</a>
        <a class="button plain" href="#/help">${say("How it works")}</a>
      </div>
      <${Languages} />
    <//>`;
}
