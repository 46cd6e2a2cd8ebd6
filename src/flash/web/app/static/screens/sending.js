// Sends that were not answered yet: what waits, since when, and what can be done.

import { kwacha, moment, spoken } from "../core/money.js";
import { go } from "../core/router.js";
import { accepted, asks as asksFor, drop, isOld, letGo, refused, waiting } from "../core/sends.js";
import { online } from "../core/connection.js";
import { useDoing } from "../ui/doing.js";
import { html, useEffect, useRef, useState } from "../ui/html.js";
import { Button, Notice, Screen, Secret } from "../ui/parts.js";
import { repeat, say } from "../words/say.js";

export default function Sending() {
  // After a reload it takes a moment until it is known what waits.
  const seen = useRef(/** @type {Set<string>} */ (new Set()));
  for (const send of waiting.value) seen.current.add(send.key);
  const done = [...seen.current].map((key) => accepted.value[key]).find(Boolean);
  const over = waiting.value.length === 0;
  useEffect(() => {
    if (over && done) go(`approval/${done.id}`, { instead: true });
  }, [over, done]);
  return html`
    <${Screen} title=${say("Waiting to be sent")} back="home">
      ${!waiting.value.length && html`<p class="empty">${say("Nothing is waiting.")}</p>`}
      ${waiting.value.map((send) => html`<${One} key=${send.key} send=${send} />`)}
      <p><a href="#/activity">${say("All payments")}</a></p>
    <//>`;
}

/** @param {{ send: import("../core/sends.js").Send }} props */
function One({ send }) {
  const [pin, setPin] = useState("");
  const { busy, run } = useDoing();
  const refusal = refused.value[send.key];
  const old = isOld(send);
  const asks = asksFor(send);
  const why = refusal?.text ?? (send.refusal && repeat(send.refusal));
  return html`
    <section class="card" aria-label=${send.name}>
      <h2>${kwacha(send.amount)} ${say("to {name}", { name: send.name })}</h2>
      <p class="hint">${spoken(send.to)}, ${moment(new Date(send.madeAt).toISOString())}</p>
      ${!asks && html`<${Notice} kind="wait">${online.value
        ? say("We try again and again until Flash has answered. It is sent once only.")
        : say("It goes as soon as there is a network. It is sent once only.")}<//>`}
      ${old && html`<${Notice} kind="wait">${say("This is more than 10 minutes old. Shall it still be sent?")}<//>`}
      ${send.needs === "pin" && html`<${Secret} label=${say("Your Flash PIN")} name=${`pin-${send.key}`} inputmode="numeric" maxlength="6" autocomplete="off" value=${pin} onValue=${setPin} />`}
      ${why && html`<${Notice} kind="bad">${why}<//>`}
      ${asks && html`<${Button} busy=${busy} onClick=${() => run(() => letGo(send.key, pin || undefined))}>${say("Send now")}<//>`}
      <${Button} kind="danger" onClick=${() => run(() => drop(send.key))}>${say("Do not send")}<//>
      ${send.tries > 0 && html`<p class="hint">${say("It was tried already. If it has arrived all the same, you find it in activity.")}</p>`}
    </section>`;
}
