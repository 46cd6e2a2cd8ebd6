// Approving on the phone: what to do there, how it stands, and always an end.

import { post } from "../core/api.js";
import { watch } from "../core/approval.js";
import { kwacha } from "../core/money.js";
import { go } from "../core/router.js";
import { config, user } from "../core/session.js";
import { useDoing } from "../ui/doing.js";
import { html, useEffect, useState } from "../ui/html.js";
import { Icon } from "../ui/icons.js";
import { Button, Facts, Loading, Notice, Screen, Trouble } from "../ui/parts.js";
import { say } from "../words/say.js";

const GIVE_UP_S = 115;
/** While the payment is there, changing one's mind may still work. */
const CANCELLABLE = new Set(["recorded", "collecting", "collected"]);

/** @param {{ id: string }} props */
export default function Approval({ id }) {
  const [seen, setSeen] = useState(/** @type {import("../core/approval.js").Seen} */ ({ end: "waiting", payment: null, demo: false }));
  const rules = config.value;
  useEffect(() => {
    // Whatever the service could not tell of itself: this ends.
    return watch(id, { giveUpS: rules?.give_up_after_s ?? GIVE_UP_S, demoAfterS: rules?.demo_complete_after_s ?? null }, setSeen);
  }, [id, rules !== null]);
  const { payment, end, demo } = seen;
  const marked = demo && html`<p><span class="badge">${say("demo")}</span> ${say("The demo completed this payment by itself.")}</p>`;
  if (end === "completed") return html`<${Ended} title=${say("Payment sent")} look="good" icon="check" payment=${payment} more=${marked} />`;
  if (end === "failed") return html`<${Ended} title=${say("Payment failed")} look="bad" icon="cross" payment=${payment} more=${marked} />`;
  if (end === "cancelled") return html`<${Ended} title=${say("Payment cancelled")} look="off" icon="cross" payment=${payment} />`;
  if (end === "still") return html`<${Still} id=${id} payment=${payment} />`;
  return html`
    <${Screen} title=${say("Approve on your phone")} back="home">
      ${payment ? html`<${Waiting} payment=${payment} />` : html`<${Loading} rows=${6} />`}
    <//>`;
}

/** @param {{ payment: any }} props */
function Waiting({ payment }) {
  const { busy, problem, run } = useDoing();
  const state = payment.steps.at(-1).state;
  const withPayer = state === "recorded" || state === "collecting";
  const cancel = () => run(() => post(`/transactions/transactions/${payment.id}/cancel/`));
  return html`
    <p class="pulse" aria-hidden="true"><${Icon} name=${withPayer ? "phone" : "send"} /></p>
    <p class="lead" role="status">${payment.text}</p>
    ${withPayer && !payment.cancel_wanted && html`<${HowTo} payment=${payment} />`}
    <${Facts} rows=${[
      [say("To"), payment.recipient],
      [say("Amount"), kwacha(payment.amount)],
      payment.fee !== "0.00" && [say("You pay in all"), kwacha(payment.total)],
      [say("Number of the payment"), payment.reference_id],
    ]} />
    <${Trouble} problem=${problem} />
    ${CANCELLABLE.has(state) && !payment.cancel_wanted && html`<${Button} kind="danger" busy=${busy} onClick=${cancel}>${say("Cancel the payment")}<//>`}`;
}

/** @param {{ payment: any }} props */
function HowTo({ payment }) {
  const mine = ownOperator();
  return html`
    <ol class="steps">
      <li>${say("A message from your wallet appears on your phone: K{amount} for Flash.", { amount: payment.total })}</li>
      <li>${say("Enter the PIN of your wallet there. Never tell it to anybody, and never enter it here.")}</li>
      ${mine?.ussd && html`<li>${say("No message? Open the {brand} app, or dial {ussd} and look at pending approvals.", { brand: mine.brand, ussd: mine.ussd })}</li>`}
    </ol>`;
}

/** The operator of the person's own number, by the longest prefix. */
function ownOperator() {
  const phone = user.value?.phone_number.replace("+260", "0") ?? "";
  const all = config.value?.operators ?? [];
  return all.find((one) => one.prefixes.some((prefix) => phone.startsWith(prefix)));
}

/** @param {{ title: string, look: string, icon: string, payment: any, more?: any }} props */
function Ended({ title, look, icon, payment, more }) {
  return html`
    <${Screen} title=${title}>
      <div class=${`end ${look}`} role="status">
        <span class="big"><${Icon} name=${icon} /></span>
        <p class="lead">${payment.text}</p>
        ${payment.failure_reason && payment.failure_reason !== payment.text && html`<p>${payment.failure_reason}</p>`}
      </div>
      ${more}
      <${Facts} rows=${[
        [say("To"), payment.recipient],
        [say("Amount"), kwacha(payment.amount)],
        [say("Number of the payment"), payment.reference_id],
      ]} />
      <div class="stack">
        <a class="button main" href=${`#/receipt/${payment.id}`}>${say("Receipt")}</a>
        ${payment.status === "failed" && html`<${Button} kind="second" onClick=${() => again(payment)}>${say("Try again")}<//>`}
        <a class="button plain" href="#/home">${say("Home")}</a>
      </div>
    <//>`;
}

/** A new payment with the same content, to be confirmed like any other. @param {any} payment */
const again = (payment) => go("send", { with: { to: payment.phone, amount: payment.amount, note: payment.description ?? "" }, instead: true });

/** @param {{ id: string, payment: any }} props */
const Still = ({ id, payment }) => html`
  <${Screen} title=${say("Still with the operator")}>
    <${Notice} kind="wait">${say("The operator has not answered yet. We will tell you as soon as it has. You need not wait here, and you need not pay again.")}<//>
    ${payment && html`<p>${payment.text}</p>`}
    <div class="stack">
      <a class="button main" href=${`#/payment/${id}`}>${say("Where is my money?")}</a>
      <a class="button second" href="#/activity">${say("All payments")}</a>
      <a class="button plain" href="#/home">${say("Home")}</a>
    </div>
  <//>`;
