// Requests for money: those that ask me, and those that I made.

import { get } from "../core/api.js";
import { kwacha, moment, spoken } from "../core/money.js";
import { Blocks } from "../ui/blocks.js";
import { timeLeft } from "../ui/days.js";
import { useData, useDoing } from "../ui/doing.js";
import { html, useState } from "../ui/html.js";
import { Button, NotYet, Screen, Trouble } from "../ui/parts.js";
import { Standing } from "../ui/payment-row.js";
import { Answer } from "../ui/request-answer.js";
import { fromRow } from "../ui/requests.js";
import { say } from "../words/say.js";

const PAGE = 50;

export default function Requests() {
  const { data, problem, reload } = useData(() => get(`/transactions/p2p/?limit=${PAGE}`), { name: "requests" });
  const [older, setOlder] = useState(/** @type {any[]} */ ([]));
  const rows = data && [...data, ...older].map(fromRow);
  return html`
    <${Screen} title=${say("Requests")}>
      <a class="button main wide" href="#/request">${say("Ask somebody for money")}</a>
      ${!rows && html`<${NotYet} problem=${problem} rows=${4} />`}
      ${rows && html`<${Lists} rows=${rows} changed=${reload} />`}
      ${rows && html`<${Older} last=${rows.at(-1)?.id} full=${rows.length > 0 && rows.length % PAGE === 0} add=${(/** @type {any[]} */ more) => setOlder([...older, ...more])} />`}
      <${Blocks} again=${data} changed=${reload} />
    <//>`;
}

/** @param {{ rows: any[], changed: () => void }} props */
function Lists({ rows, changed }) {
  const asks = rows.filter((row) => row.type === "received");
  const mine = rows.filter((row) => row.type === "sent");
  const open = asks.filter((row) => row.status === "pending");
  return html`
    <section aria-labelledby="asks">
      <h2 id="asks">${say("They ask you")}</h2>
      ${!asks.length && html`<p class="hint">${say("Nobody asks you for money.")}</p>`}
      ${open.map((row) => html`<${Open} key=${row.id} row=${row} changed=${changed} />`)}
      <${Rows} rows=${asks.filter((row) => row.status !== "pending")} />
    </section>
    <section aria-labelledby="mine">
      <h2 id="mine">${say("You ask them")}</h2>
      ${!mine.length && html`<p class="hint">${say("You have asked nobody.")}</p>`}
      <${Rows} rows=${mine} />
    </section>`;
}

/** One that waits for an answer. @param {{ row: any, changed: () => void }} props */
const Open = ({ row, changed }) => html`
  <article class="card" aria-label=${say("{name} asks for {amount}", { name: row.name, amount: kwacha(row.amount) })}>
    <h3><a href=${`#/request/${row.id}`}>${say("{name} asks for {amount}", { name: row.name, amount: kwacha(row.amount) })}</a></h3>
    ${row.description && html`<p>${row.description}</p>`}
    <p class="hint">${spoken(row.phone)}. ${timeLeft(row.expires_at)}</p>
    <${Answer} request=${row} changed=${changed} />
  </article>`;

/** @param {{ rows: any[] }} props */
const Rows = ({ rows }) => rows.length > 0 && html`
  <ul class="rows">${rows.map((row) => html`
    <li key=${row.id}><a class="row" href=${`#/request/${row.id}`}>
      <span class="grow">
        <strong>${row.name}</strong>
        <span class="hint">${moment(row.created_at)} <${Standing} status=${row.status} /></span>
      </span>
      <span class="amount">${kwacha(row.amount)}</span>
    </a></li>`)}
  </ul>`;

/** @param {{ last: string | undefined, full: boolean, add: (rows: any[]) => void }} props */
function Older({ last, full, add }) {
  const { busy, problem, run } = useDoing();
  const more = () => run(async () => add(await get(`/transactions/p2p/?limit=${PAGE}&before=${last}`)));
  return html`<${Trouble} problem=${problem} />${full && html`<${Button} kind="second" busy=${busy} onClick=${more}>${say("More")}<//>`}`;
}
