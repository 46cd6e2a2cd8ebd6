// Home: what one comes for, what is left of the day's limit, and the latest payments.

import { get } from "../core/api.js";
import { kwacha, minus } from "../core/money.js";
import { user } from "../core/session.js";
import { useData } from "../ui/doing.js";
import { html } from "../ui/html.js";
import { Icon } from "../ui/icons.js";
import { Loading, Notice, Screen } from "../ui/parts.js";
import { PaymentRow } from "../ui/payment-row.js";
import { say } from "../words/say.js";

const LATEST = 5;
const WAYS = [
  { to: "send", icon: "send", label: "Send" },
  { to: "request", icon: "request", label: "Request" },
  { to: "scan", icon: "scan", label: "Scan" },
  { to: "my-code", icon: "code", label: "My code" },
];

export default function Home() {
  const name = user.value?.full_name.split(" ")[0];
  return html`
    <${Screen} title=${name ? say("Hello, {name}", { name }) : "Flash"}>
      <${Limit} />
      <nav class="ways" aria-label=${say("What to do")}>
        ${WAYS.map(({ to, icon, label }) => html`<a href=${`#/${to}`}><span class="round"><${Icon} name=${icon} /></span>${say(label)}</a>`)}
      </nav>
      <section aria-labelledby="latest">
        <h2 id="latest">${say("Latest")}</h2>
        <${Latest} />
      </section>
    <//>`;
}

function Limit() {
  const { data } = useData(() => get("/transactions/wallet/"), { name: "wallet" });
  return html`
    <p class="limit">
      <span>${say("You can send today")}</span>
      <strong>${data ? kwacha(minus(data.daily_limit, data.daily_spent)) : "\u2007"}</strong>
      <span class="hint">${data ? say("of {limit}", { limit: kwacha(data.daily_limit) }) : "\u2007"}</span>
    </p>`;
}

function Latest() {
  const { data, problem } = useData(() => get(`/transactions/transactions/?limit=${LATEST}`), { name: "latest" });
  if (!data) return problem ? html`<${Notice} kind="bad">${problem.text}<//>` : html`<${Loading} rows=${LATEST} />`;
  if (!data.length) return html`<p class="empty">${say("Nothing yet. Your payments will be here.")}</p>`;
  return html`
    <ul class="rows">${data.map((/** @type {any} */ row) => html`<${PaymentRow} key=${row.id} row=${row} />`)}</ul>
    <p><a href="#/activity">${say("All payments")}</a></p>`;
}
