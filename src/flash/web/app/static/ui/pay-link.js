// A payment link of a partner: what it asks for, and paying it.

import { get, post } from "../core/api.js";
import { exceeds, kwacha, moment } from "../core/money.js";
import { go } from "../core/router.js";
import { config, hasPin } from "../core/session.js";
import { say } from "../words/say.js";
import { problemOf, useData, useDoing } from "./doing.js";
import { html, useState } from "./html.js";
import { Facts, Form, NotYet, Notice, Submit, Trouble } from "./parts.js";
import { PinField } from "./pin-field.js";

/** @type {Record<string, () => string>} */
const CLOSED = {
  processing: () => say("A payment of this is under way."),
  paid: () => say("This is paid already."),
  cancelled: () => say("This was cancelled, so that it cannot be paid."),
  expired: () => say("This has expired, so that it cannot be paid."),
};

/** @param {{ secret: string }} props */
export function PayLink({ secret }) {
  const { data, problem } = useData(() => get(`/pay/${secret}/`), { again: [secret] });
  if (!data) return html`<${NotYet} problem=${problem} rows=${4} />`;
  return html`
    <p class="to">${say("{name} asks for {amount}", { name: data.recipient, amount: kwacha(data.amount) })}</p>
    <${Facts} rows=${[
      [say("What for"), data.description],
      [say("Until"), moment(data.expires_at)],
      [say("Number"), data.number],
    ]} />
    ${data.status === "open" ? html`<${Pay} secret=${secret} amount=${data.amount} />` : html`<${Notice} kind="wait">${CLOSED[data.status]()}<//>`}`;
}

/** Paying it again gives the same payment. @param {{ secret: string, amount: string }} props */
function Pay({ secret, amount }) {
  const above = config.peek()?.pin_above;
  const [asksPin, setAsksPin] = useState(Boolean(above && exceeds(amount, above) && hasPin.peek()));
  const [pin, setPin] = useState("");
  const { busy, problem, setProblem, run } = useDoing();
  const pay = () => run(async () => {
    try {
      const { transaction_id: id } = await post(`/pay/${secret}/`, undefined, pin ? { "Flash-Pin": pin } : {});
      go(`approval/${id}`, { instead: true });
    } catch (error) {
      const wrong = problemOf(error);
      setAsksPin(asksPin || wrong.code === "pin_required");
      setProblem(wrong.code === "no_answer" ? { ...wrong, text: say("We do not know whether it has gone. Press again: it is paid once only.") } : wrong);
    }
  });
  return html`
    <${Form} onSend=${pay}>
      ${asksPin && html`<${PinField} value=${pin} onValue=${setPin} problem=${problem} />`}
      <${Trouble} problem=${problem} fields=${asksPin ? ["pin"] : []} />
      <${Submit} busy=${busy}>${say("Pay {amount}", { amount: kwacha(amount) })}<//>
    <//>`;
}
