// What can be done with a request for money: paying it, declining it, blocking who asks; or cancelling one's own.

import { post } from "../core/api.js";
import { kwacha } from "../core/money.js";
import { go } from "../core/router.js";
import { hasPin } from "../core/session.js";
import { say } from "../words/say.js";
import { Confirmed } from "./confirm.js";
import { problemOf, useDoing } from "./doing.js";
import { html, useState } from "./html.js";
import { Arrival, Button, Facts, Field, Form, Submit, Trouble } from "./parts.js";
import { PinField } from "./pin-field.js";

/**
 * @typedef {object} Asked a request, as lists and its own screen know it
 * @property {string} id
 * @property {"sent" | "received"} type sent: it is mine
 * @property {string} status
 * @property {string} amount
 * @property {string} phone
 * @property {string} name the other person's
 * @property {string | null} description
 * @property {string} expires_at
 */

/** @param {{ request: Asked, changed: () => void }} props */
export function Answer({ request, changed }) {
  const [quote, setQuote] = useState(/** @type {any} */ (null));
  const { busy, problem, run } = useDoing();
  if (request.status !== "pending" || Date.parse(request.expires_at) < Date.now()) return null;
  const path = `/transactions/p2p/${request.id}`;
  if (request.type === "sent") {
    return html`<${Confirmed} label=${say("Cancel the request")} question=${say("Shall {name} not be asked any more?", { name: request.name })}
      act=${() => post(`${path}/cancel/`).then(changed)} />`;
  }
  if (quote) return html`<${Pay} request=${request} quote=${quote} leave=${() => setQuote(null)} />`;
  const look = () => run(async () => setQuote(await post("/transactions/quote/", { recipient_phone: request.phone, amount: request.amount })));
  return html`
    <${Trouble} problem=${problem} />
    <div class="stack"><${Button} busy=${busy} onClick=${look}>${say("Pay {amount}", { amount: kwacha(request.amount) })}<//></div>
    <${Decline} path=${path} request=${request} changed=${changed} />
    <${Confirmed} kind="plain" label=${say("Block {name}", { name: request.name })} act=${() => post(`${path}/block/`).then(changed)}
      question=${say("What they ask is not shown to you any more. They notice nothing.")} />`;
}

/** @param {{ path: string, request: Asked, changed: () => void }} props */
function Decline({ path, request, changed }) {
  const [reason, setReason] = useState("");
  return html`
    <${Confirmed} label=${say("Decline")} question=${say("{name} is told that you will not pay.", { name: request.name })}
      act=${() => post(`${path}/decline/`, reason.trim() ? { reason: reason.trim() } : {}).then(changed)}>
      <${Field} label=${say("Why? (if you like)")} name=${`reason-${request.id}`} maxlength="200" autocomplete="off" value=${reason} onValue=${setReason}
        hint=${say("They can read it.")} />
    <//>`;
}

/** What paying means, to be confirmed. Paying again gives the same payment. @param {{ request: Asked, quote: any, leave: () => void }} props */
function Pay({ request, quote, leave }) {
  const [pin, setPin] = useState("");
  const [asksPin, setAsksPin] = useState(quote.pin_required && hasPin.peek());
  const { busy, problem, setProblem, run } = useDoing();
  const pay = () => run(async () => {
    try {
      const { transaction_id: id } = await post(`/transactions/p2p/${request.id}/approve/`, asksPin ? { pin } : {});
      go(`approval/${id}`);
    } catch (error) {
      const wrong = problemOf(error);
      setAsksPin(asksPin || wrong.code === "pin_required");
      setProblem(wrong.code === "no_answer" ? { ...wrong, text: say("We do not know whether it has gone. Press again: it is paid once only.") } : wrong);
    }
  });
  return html`
    <${Arrival} label=${say("Pay")}>
      <${Facts} rows=${[
        [say("To"), quote.name ?? request.name],
        [say("Amount"), kwacha(quote.amount)],
        quote.fee !== "0.00" && [say("Fee"), kwacha(quote.fee)],
        [say("You pay in all"), html`<strong>${kwacha(quote.total)}</strong>`],
      ]} />
      <${Form} onSend=${pay}>
        ${asksPin && html`<${PinField} id=${`pin-${request.id}`} value=${pin} onValue=${setPin} problem=${problem} />`}
        <${Trouble} problem=${problem} fields=${asksPin ? ["pin"] : []} />
        <${Submit} busy=${busy}>${say("Pay {amount}", { amount: kwacha(quote.total) })}<//>
      <//>
      <div class="stack"><${Button} kind="plain" onClick=${leave}>${say("No, go back")}<//></div>
    <//>`;
}
