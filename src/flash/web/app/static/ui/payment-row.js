// One payment in a list, and its standing in a word.

import { kwacha, moment } from "../core/money.js";
import { say } from "../words/say.js";
import { html } from "./html.js";
import { Icon } from "./icons.js";

/** @type {Record<string, { text: string, look: string, icon: string }>} */
const STANDINGS = {
  pending: { text: "Waiting", look: "wait", icon: "clock" },
  processing: { text: "Under way", look: "wait", icon: "clock" },
  completed: { text: "Completed", look: "good", icon: "check" },
  failed: { text: "Failed", look: "bad", icon: "cross" },
  cancelled: { text: "Cancelled", look: "off", icon: "cross" },
  declined: { text: "Declined", look: "off", icon: "cross" },
  expired: { text: "Expired", look: "off", icon: "clock" },
};

/** @param {{ status: string }} props */
export function Standing({ status }) {
  const { text, look, icon } = STANDINGS[status];
  return html`<span class=${`standing ${look}`}><${Icon} name=${icon} />${say(text)}</span>`;
}

/** @param {{ row: any }} props */
export function PaymentRow({ row }) {
  const sent = row.type === "sent";
  return html`
    <li><a class="row" href=${`#/payment/${row.id}`}>
      <span class="grow">
        <strong>${sent ? row.recipient : row.sender}</strong>
        <span class="hint">${moment(row.created_at)} <${Standing} status=${row.status} /></span>
      </span>
      <span class=${`amount ${sent ? "out" : "in"}`}><span class="hidden">${sent ? say("Sent") : say("Received")} </span>${sent ? "\u2212" : "+"}${kwacha(row.amount)}</span>
    </a></li>`;
}
