// Asking somebody for money; and one request, with its code.

import { Refused, get, post } from "../core/api.js";
import { amountIn, kwacha, mayBePhone, moment, spoken } from "../core/money.js";
import { go, handed } from "../core/router.js";
import { user } from "../core/session.js";
import { Select } from "../ui/choose.js";
import { ContactChips } from "../ui/contact-chips.js";
import { timeLeft } from "../ui/days.js";
import { useData, useDoing } from "../ui/doing.js";
import { html, useEffect, useState } from "../ui/html.js";
import { Facts, Field, Form, NotYet, Screen, Submit, Trouble } from "../ui/parts.js";
import { Standing } from "../ui/payment-row.js";
import { paymentCode } from "../ui/codes.js";
import { Qr } from "../ui/qr.js";
import { Answer } from "../ui/request-answer.js";
import { fromDetail } from "../ui/requests.js";
import { ShareButton } from "../ui/share-button.js";
import { say } from "../words/say.js";

const POLL_MS = 15_000;
/** @typedef {{ key: string, owner: string, to: string, amount: string, note: string, hours: string }} Wish */

/** The wish that was not answered yet: it keeps its key, so that asking again asks once. @type {Wish | null} */
let unanswered = null;

/** @param {{ id: string }} props */
export default ({ id }) => (id ? html`<${One} id=${id} />` : html`<${Ask} />`);

function Ask() {
  const owner = user.value?.id ?? "";
  const [wish, setWish] = useState(() => {
    const kept = unanswered?.owner === owner ? unanswered : null;
    return kept ?? { key: crypto.randomUUID(), owner, to: "", amount: "", note: "", hours: "24", ...handed.peek() };
  });
  const { busy, problem, setProblem, run } = useDoing();
  const field = (/** @type {"to" | "amount" | "note" | "hours"} */ name) => ({ value: wish[name], problem, onValue: (/** @type {string} */ value) => setWish({ ...wish, [name]: value }) });
  const ask = () => run(async () => {
    const amount = amountIn(wish.amount);
    if (!mayBePhone(wish.to)) return setProblem({ field: "payer_phone", text: say("Please enter a Zambian mobile number, like 096 0000 123."), code: "" });
    if (!amount) return setProblem({ field: "amount", text: say("Please enter an amount like 25 or 25.50."), code: "" });
    unanswered = wish;
    try {
      const body = { payer_phone: wish.to, amount, description: wish.note.trim() || undefined, expires_in_hours: Number(wish.hours) };
      const { transaction_id: id } = await post("/transactions/request/", body, { "Idempotency-Key": wish.key });
      unanswered = null;
      go(`request/${id}`, { instead: true });
    } catch (error) {
      if (error instanceof Refused && error.status < 500) unanswered = null;
      if (!(error instanceof Refused) || error.code !== "idempotency_conflict") throw error;
      setWish({ ...wish, key: crypto.randomUUID() });
      setProblem({ field: "", text: say("Your first try has arrived after all. Look at your requests before you ask again."), code: error.code });
    }
  });
  return html`
    <${Screen} title=${say("Ask for money")} back="requests">
      <${Form} onSend=${ask}>
        <${Field} label=${say("Whom do you ask? Their number")} name="payer_phone" type="tel" inputmode="tel" autocomplete="off" ...${field("to")} />
        <${ContactChips} text=${wish.to} choose=${field("to").onValue} />
        <${Field} label=${say("How much, in kwacha?")} name="amount" inputmode="decimal" autocomplete="off" ...${field("amount")} />
        <${Field} label=${say("What for? (if you like)")} name="description" maxlength="200" autocomplete="off" ...${field("note")} />
        <${Select} label=${say("How long may they answer?")} name="hours" value=${wish.hours} onValue=${field("hours").onValue} options=${[
          ["1", say("One hour")],
          ["24", say("One day")],
          ["72", say("Three days")],
          ["168", say("One week")],
        ]} />
        <${Trouble} problem=${problem} fields=${["payer_phone", "amount", "description"]} />
        <${Submit} busy=${busy}>${say("Ask")}<//>
      <//>
    <//>`;
}

/** @param {{ id: string }} props */
function One({ id }) {
  const { data, problem, reload } = useData(() => get(`/transactions/transactions/${id}/`), { again: [id] });
  const request = data && fromDetail(data);
  const open = request?.status === "pending" || request?.status === "processing";
  useEffect(() => {
    if (!open) return undefined;
    const timer = setInterval(() => document.hidden || reload(), POLL_MS);
    return () => clearInterval(timer);
  }, [open]);
  return html`
    <${Screen} title=${say("Request")} back="requests">
      ${request ? html`<${Told} request=${request} changed=${reload} />` : html`<${NotYet} problem=${problem} rows=${6} />`}
    <//>`;
}

/** @param {{ request: any, changed: () => void }} props */
function Told({ request, changed }) {
  const mine = request.type === "sent";
  const { name, status } = request;
  const amount = kwacha(request.amount);
  return html`
    <p class="to">${mine ? say("You ask {name} for {amount}", { name, amount }) : say("{name} asks for {amount}", { name, amount })}</p>
    <div class="middle" role="status"><${Standing} status=${status} />${status === "pending" && html`<p>${timeLeft(request.expires_at)}</p>`}</div>
    ${request.failure_reason && html`<p class="middle">${request.failure_reason}</p>`}
    <${Facts} rows=${[
      [say("Phone number"), spoken(request.phone)],
      [say("What for"), request.description],
      [say("Asked"), moment(request.created_at)],
      [say("Until"), moment(request.expires_at)],
      [say("Number of the request"), request.reference_id],
    ]} />
    ${request.transfer_id && html`<p><a href=${`#/payment/${request.transfer_id}`}>${say("To the payment")}</a></p>`}
    ${mine && status === "pending" && html`<${Handing} request=${request} />`}
    <${Answer} request=${request} changed=${changed} />`;
}

/** @param {{ request: any }} props */
function Handing({ request }) {
  const me = user.value;
  if (!me) return null;
  const amount = kwacha(request.amount);
  return html`
    <h2>${say("Let them scan this")}</h2>
    <${Qr} text=${paymentCode(me, request.amount, request.description ?? "", request.id)} label=${say("Code by which {amount} is paid to you", { amount })} />
    <${ShareButton} title=${say("Flash request")} text=${say("{name} asks you for {amount} by Flash. Number {number}. Open Flash to pay or to decline.", { name: me.full_name, amount, number: request.reference_id })}>
      ${say("Remind them")}
    <//>`;
}
