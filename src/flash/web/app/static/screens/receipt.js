// The receipt of a payment, which anybody can check.

import { call, get } from "../core/api.js";
import { kwacha, moment, spoken } from "../core/money.js";
import { useData, useDoing } from "../ui/doing.js";
import { html } from "../ui/html.js";
import { Icon } from "../ui/icons.js";
import { Button, Facts, NotYet, Screen, Trouble } from "../ui/parts.js";
import { Qr } from "../ui/qr.js";
import { save } from "../ui/share.js";
import { ShareButton } from "../ui/share-button.js";
import { say } from "../words/say.js";

/** @type {Record<string, [look: string, icon: string]>} */
const LOOKS = {
  paid_out: ["good", "check"],
  not_yet: ["wait", "clock"],
  going_back: ["wait", "clock"],
  returned: ["bad", "cross"],
  not_made: ["bad", "cross"],
};

/** @param {{ id: string }} props */
export default function Receipt({ id }) {
  const { data, problem } = useData(() => get(`/transactions/transactions/${id}/receipt/`), { again: [id] });
  return html`
    <${Screen} title=${say("Receipt")} back=${`payment/${id}`}>
      ${data ? html`<${Told} receipt=${data} />` : html`<${NotYet} problem=${problem} rows=${6} />`}
    <//>`;
}

/** @param {{ receipt: any }} props */
function Told({ receipt }) {
  const [look, icon] = LOOKS[receipt.standing] ?? ["off", "help"];
  return html`
    <div class=${`end ${look}`}>
      <span class="big"><${Icon} name=${icon} /></span>
      <h2>${receipt.title}</h2>
      <p>${receipt.text}</p>
    </div>
    <${Facts} rows=${[
      [say("Amount"), html`<strong>${kwacha(receipt.amount)}</strong>`],
      receipt.fee && receipt.fee !== "0.00" && [say("Fee"), kwacha(receipt.fee)],
      receipt.fee && receipt.fee !== "0.00" && [say("In all"), kwacha(receipt.total)],
      [say("From"), person(receipt.sender, receipt.sender_phone)],
      [say("To"), person(receipt.recipient, receipt.recipient_phone)],
      [say("What for"), receipt.description],
      [say("Ordered"), moment(receipt.created_at)],
      receipt.ended_at && [say("Ended"), moment(receipt.ended_at)],
      [say("Number of the payment"), receipt.reference_id],
    ]} />
    <${Handing} receipt=${receipt} />
    <section aria-labelledby="check">
      <h2 id="check">${say("Is it genuine?")}</h2>
      <p>${say("Anybody can see that by scanning this code with a phone's camera, or by opening the link.")}</p>
      <${Qr} text=${receipt.verify_url} label=${say("Code that leads to the check of this receipt")} />
      <p><a href=${receipt.verify_url} target="_blank" rel="noopener">${say("Check this receipt")}</a></p>
    </section>`;
}

/** @param {{ receipt: any }} props */
function Handing({ receipt }) {
  const { busy, problem, run } = useDoing();
  const { reference_id: number, recipient: name, verify_url: link } = receipt;
  const pdf = () => run(async () => {
    const { data } = await call("GET", `/transactions/transactions/${receipt.transaction_id}/receipt/?format=pdf`, { asFile: true });
    save(data, `Flash ${number}.pdf`);
  });
  const text = say("{title}: {amount} to {name}. Number {number}. Check it here: {link}", { title: receipt.title, amount: kwacha(receipt.amount), name, number, link });
  return html`
    <${Trouble} problem=${problem} />
    <div class="stack">
      <${ShareButton} kind="main" title=${say("Flash receipt")} text=${text} />
      <${Button} kind="second" busy=${busy} onClick=${pdf}><${Icon} name="file" />${say("Save as PDF")}<//>
    </div>`;
}

/** @param {string} name @param {string} phone */
const person = (name, phone) => (name === phone ? spoken(phone) : `${name}, ${spoken(phone)}`);
