// Sending: to whom and how much, then what that means, to be confirmed.

import { post } from "../core/api.js";
import { amountIn, kwacha, mayBePhone, spoken } from "../core/money.js";
import { go, handed, place } from "../core/router.js";
import { accepted, drop, order, refused, waiting } from "../core/sends.js";
import { hasPin, user } from "../core/session.js";
import { ContactChips } from "../ui/contact-chips.js";
import { useDoing } from "../ui/doing.js";
import { html, useEffect, useState } from "../ui/html.js";
import { Button, Facts, Field, Form, Notice, Screen, Secret, Submit, Trouble } from "../ui/parts.js";
import { say } from "../words/say.js";
// What follows must be there, although the network may be lost in between.
import "./approval.js";
import "./sending.js";

/** @typedef {{ to: string, amount: string, note: string }} Wish */

export default function Send() {
  const [wish, setWish] = useState(() => /** @type {Wish} */ ({ to: "", amount: "", note: "", ...handed.peek() }));
  const [quote, setQuote] = useState(/** @type {any} */ (null));
  return quote
    ? html`<${Confirm} wish=${wish} quote=${quote} change=${() => setQuote(null)} />`
    : html`<${Enter} wish=${wish} setWish=${setWish} setQuote=${setQuote} />`;
}

/** @param {{ wish: Wish, setWish: (wish: Wish) => void, setQuote: (quote: any) => void }} props */
function Enter({ wish, setWish, setQuote }) {
  const { busy, problem, setProblem, run } = useDoing();
  const amount = amountIn(wish.amount);
  const next = () => run(async () => {
    const wrong = (/** @type {string} */ field, /** @type {string} */ text) => setProblem({ field, text, code: "" });
    if (!mayBePhone(wish.to)) return wrong("recipient_phone", say("Please enter a Zambian mobile number, like 096 0000 123."));
    if (!amount) return wrong("amount", say("Please enter an amount like 25 or 25.50."));
    if (!navigator.onLine) return setQuote(unquoted(wish.to, amount));
    setQuote(await post("/transactions/quote/", { recipient_phone: wish.to, amount }));
  });
  return html`
    <${Screen} title=${say("Send money")} back="home">
      <${Form} onSend=${next}>
        <${Field} label=${say("To which number?")} name="recipient_phone" type="tel" inputmode="tel" autocomplete="off" value=${wish.to} problem=${problem}
          onValue=${(/** @type {string} */ to) => setWish({ ...wish, to })} />
        <${ContactChips} text=${wish.to} choose=${(/** @type {string} */ to) => setWish({ ...wish, to })} />
        <${Field} label=${say("How much, in kwacha?")} name="amount" inputmode="decimal" autocomplete="off" value=${wish.amount} problem=${problem}
          onValue=${(/** @type {string} */ text) => setWish({ ...wish, amount: text })} />
        <${Field} label=${say("What for? (if you like)")} name="description" maxlength="200" autocomplete="off" value=${wish.note} problem=${problem}
          onValue=${(/** @type {string} */ note) => setWish({ ...wish, note })} />
        <${Trouble} problem=${problem} fields=${["recipient_phone", "amount", "description"]} />
        <${Submit} busy=${busy}>${say("Go on")}<//>
      <//>
    <//>`;
}

/**
 * What can be said of a payment without a network.
 * @param {string} to
 * @param {string} amount
 */
const unquoted = (to, amount) => ({ recipient_phone: to, name: null, brand: null, amount, fee: null, total: null, pin_required: false, offline: true });

/** @param {{ wish: Wish, quote: any, change: () => void }} props */
function Confirm({ wish, quote, change }) {
  // The payment has its key before it can be tried: however often the button is pressed, it is this one payment.
  const [key] = useState(() => crypto.randomUUID());
  const [pin, setPin] = useState("");
  const { busy, problem, run } = useDoing();
  const refusal = refused.value[key];
  const done = accepted.value[key];
  useEffect(() => {
    if (done) go(`approval/${done.id}`, { instead: true });
  }, [done]);
  const kept = waiting.value.find((send) => send.key === key);
  // It is seen here, and need not stay in sight.
  useEffect(() => {
    if (kept?.refusal) drop(key);
  }, [kept?.refusal]);
  const asksPin = (quote.pin_required && hasPin.value) || kept?.needs === "pin";
  const name = quote.name ?? spoken(quote.recipient_phone);
  const send = () => run(async () => {
    const owner = /** @type {import("../core/session.js").User} */ (user.peek()).id;
    await order({ key, owner, to: quote.recipient_phone, name, amount: quote.amount, description: wish.note }, asksPin ? pin : undefined);
    if (!accepted.peek()[key] && !refused.peek()[key] && place.peek().name === "send") go("sending", { instead: true });
  });
  // What may be on its way is not changed into a second payment. What the service wants the PIN for has not gone.
  const back = async () => {
    if (kept && !(kept.needs === "pin" && kept.tries === 1)) return go("sending", { instead: true });
    if (kept) await drop(key);
    change();
  };
  return html`
    <${Screen} title=${say("Is this right?")} back="home">
      <p class="to">${quote.name ?? spoken(quote.recipient_phone)}</p>
      ${quote.known_from === "flash" && html`<p class="hint center">${say("This is what they call themselves. You do not have them among your contacts.")}</p>`}
      ${!quote.name && html`<${Notice} kind="wait">${quote.offline
        ? say("There is no network, so that we cannot look up the name. Please check the number.")
        : say("We do not know who has this number. Please check it.")}<//>`}
      <${Facts} rows=${[
        [say("Number"), `${spoken(quote.recipient_phone)}${quote.brand ? `, ${quote.brand}` : ""}`],
        [say("Amount"), kwacha(quote.amount)],
        quote.fee !== null && [say("Fee"), kwacha(quote.fee)],
        quote.total !== null && [say("You pay in all"), html`<strong>${kwacha(quote.total)}</strong>`],
        [say("What for"), wish.note],
      ]} />
      <${Form} onSend=${send}>
        ${asksPin && html`<${Secret} label=${say("Your Flash PIN")} name="pin" inputmode="numeric" maxlength="6" autocomplete="off" value=${pin} onValue=${setPin}
          hint=${say("For an amount like this we ask for it.")} />`}
        ${refusal && html`<${Notice} kind="bad">${refusal.text}<//>`}
        <${Trouble} problem=${problem} />
        <${Submit} busy=${busy}>${quote.offline ? say("Send when there is a network") : say("Send {amount}", { amount: kwacha(quote.amount) })}<//>
      <//>
      <${Button} kind="second" onClick=${back}>${say("Change")}<//>
    <//>`;
}
