// One payment: how it stands, where the money is, and what happened so far.

import { get, post } from "../core/api.js";
import { watch } from "../core/approval.js";
import { kwacha, moment, spoken } from "../core/money.js";
import { go } from "../core/router.js";
import { useData, useDoing } from "../ui/doing.js";
import { html, useEffect, useState } from "../ui/html.js";
import { Button, Facts, NotYet, Notice, Screen, Trouble } from "../ui/parts.js";
import { Standing } from "../ui/payment-row.js";
import { say } from "../words/say.js";

const LOOKING_S = 120;
const ENDED = new Set(["completed", "failed", "cancelled"]);
/** While the payment is there, changing one's mind may still work. */
const CANCELLABLE = new Set(["recorded", "collecting", "collected"]);

/** @param {{ id: string }} props */
export default function Payment({ id }) {
  const { data, problem } = useData(() => get(`/transactions/transactions/${id}/`), { again: [id] });
  const [later, setLater] = useState(/** @type {any} */ (null));
  const open = data !== null && !data.is_payment_request && !ENDED.has(data.status);
  useEffect(() => {
    if (data?.is_payment_request) go(`request/${data.id}`, { instead: true });
  }, [data]);
  // It, too, does not ask for ever: after a while whoever looks has to say that they still do.
  const [looks, setLooks] = useState(1);
  useEffect(() => {
    if (!open || !looks) return undefined;
    return watch(id, { giveUpS: LOOKING_S, demoAfterS: null, since: Date.now() }, (seen) => {
      setLater(seen.payment);
      if (seen.end === "still") setLooks(0);
    });
  }, [id, open, looks]);
  const payment = later ?? data;
  return html`
    <${Screen} title=${say("Payment")} back="activity">
      ${payment && !payment.is_payment_request ? html`<${Told} payment=${payment} />
        ${open && !looks && html`<${Button} kind="second" onClick=${() => setLooks(1)}>${say("Look again")}<//>`}` : html`<${NotYet} problem=${problem} rows=${6} />`}
    <//>`;
}

/** @param {{ payment: any }} props */
function Told({ payment }) {
  const sent = payment.type === "sent";
  const name = sent ? payment.recipient : payment.sender;
  return html`
    <p class="to">${kwacha(payment.amount)}</p>
    <p class="middle">${sent ? say("to {name}", { name }) : say("from {name}", { name })}</p>
    <div class="middle" role="status"><${Standing} status=${payment.status} /><p>${payment.text}</p></div>
    ${payment.failure_reason && payment.failure_reason !== payment.text && html`<p class="middle">${payment.failure_reason}</p>`}
    ${sent && html`<${Where} payment=${payment} />`}
    <${Facts} rows=${[
      [sent ? say("To") : say("From"), name],
      [say("Phone number"), spoken(payment.phone)],
      [say("Amount"), kwacha(payment.amount)],
      sent && payment.fee !== "0.00" && [say("Fee"), kwacha(payment.fee)],
      sent && payment.fee !== "0.00" && [say("In all"), kwacha(payment.total)],
      [say("What for"), payment.description],
      [say("Ordered"), moment(payment.created_at)],
      [say("Number of the payment"), payment.reference_id],
    ]} />
    <${Next} payment=${payment} sent=${sent} />
    <${Story} steps=${payment.steps} />`;
}

/** @param {{ payment: any }} props */
const Where = ({ payment }) => html`
  <section aria-labelledby="where">
    <h2 id="where">${say("Where is the money?")}</h2>
    <p>${place(payment.where, payment.recipient)}</p>
    ${!ENDED.has(payment.status) && html`<${Notice} kind=${payment.certain ? "tell" : "wait"}>${doubt(payment)}<//>`}
  </section>`;

/**
 * @param {string} where as the service says it
 * @param {string} name of the payee
 */
function place(where, name) {
  /** @type {Record<string, () => string>} */
  const places = {
    "with the payer": () => say("In your wallet."),
    "with the payer, or leaving": () => say("In your wallet, or leaving it just now."),
    "in our float": () => say("With Flash, to be passed on."),
    "in our float, or leaving": () => say("With Flash, or on its way to {name}.", { name }),
    "in our float, going back": () => say("With Flash, on its way back to you."),
    "in our float or unproven": () => say("With Flash, or on its way. Somebody at Flash is looking into it."),
    "with the payee": () => say("{name} has it.", { name }),
    "with the payer: it never left": () => say("In your wallet. It never left."),
    "back with the payer": () => say("Back in your wallet."),
  };
  return places[where]?.() ?? where;
}

/** @param {any} payment */
function doubt(payment) {
  if (payment.certain) return say("That is certain.");
  if (!payment.doubt_ends_at) return say("That is not proven yet. Somebody at Flash finds out; you need not pay again.");
  return say("That is not proven yet. By {time} it is known, or somebody at Flash finds out.", { time: moment(payment.doubt_ends_at) });
}

/** What can be done now. @param {{ payment: any, sent: boolean }} props */
function Next({ payment, sent }) {
  const { busy, problem, run } = useDoing();
  const open = !ENDED.has(payment.status);
  const cancel = () => run(() => post(`/transactions/transactions/${payment.id}/cancel/`));
  const again = () => go("send", { with: { to: payment.phone, amount: payment.amount, note: payment.description ?? "" } });
  const mayCancel = sent && open && CANCELLABLE.has(payment.steps.at(-1)?.state) && !payment.cancel_wanted;
  return html`
    <${Trouble} problem=${problem} />
    ${payment.cancel_wanted && open && html`<${Notice} kind="wait">${say("You want to cancel it. If the money leaves all the same, it comes back.")}<//>`}
    <div class="stack">
      ${sent && open && html`<a class="button main" href=${`#/approval/${payment.id}`}>${say("To the approval")}</a>`}
      <a class=${`button ${open ? "second" : "main"}`} href=${`#/receipt/${payment.id}`}>${say("Receipt")}</a>
      ${sent && !open && html`<${Button} kind="second" onClick=${again}>${say("Send again")}<//>`}
      ${mayCancel && html`<${Button} kind="danger" busy=${busy} onClick=${cancel}>${say("Cancel the payment")}<//>`}
    </div>`;
}

/** @param {{ steps: { at: string, state: string, text: string }[] }} props */
const Story = ({ steps }) => html`
  <section aria-labelledby="story">
    <h2 id="story">${say("What happened so far")}</h2>
    <ol class="timeline">
      ${steps.map((step) => html`<li key=${`${step.at} ${step.state}`}><span class="hint">${moment(step.at)}</span><br />${step.text}</li>`)}
    </ol>
  </section>`;
