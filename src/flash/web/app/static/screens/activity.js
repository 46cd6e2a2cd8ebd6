// All payments: looked through by filters, page by page, grouped by day.

import { get } from "../core/api.js";
import { user } from "../core/session.js";
import { Chips, Select } from "../ui/choose.js";
import { byDay, dayName } from "../ui/days.js";
import { usePages } from "../ui/doing.js";
import { html, useState } from "../ui/html.js";
import { Button, Field, Form, NotYet, Screen, Submit, Trouble } from "../ui/parts.js";
import { PaymentRow } from "../ui/payment-row.js";
import { Statement } from "../ui/statement.js";
import { say } from "../words/say.js";

const PAGE = 30;
/** @typedef {{ type: string, status: string, person: string, text: string, from: string, to: string }} Filters */
/** @type {Filters} */
const NONE = { type: "", status: "", person: "", text: "", from: "", to: "" };

/** What was looked for last, so that it is there again after a look at a payment. */
let kept = { owner: "", filters: NONE };

export default function Activity() {
  const owner = user.value?.id ?? "";
  const [filters, setFilters] = useState(kept.owner === owner ? kept.filters : NONE);
  const look = (/** @type {Filters} */ next) => {
    kept = { owner, filters: next };
    setFilters(next);
  };
  return html`
    <${Screen} title=${say("Activity")}>
      <${Chips} label=${say("Which payments")} value=${filters.type} onValue=${(/** @type {string} */ type) => look({ ...filters, type })}
        options=${[["", say("All")], ["sent", say("Sent")], ["received", say("Received")]]} />
      <${Search} filters=${filters} look=${look} />
      <${List} filters=${filters} />
      <${Statement} />
      <p><a href="#/months">${say("Months")}</a></p>
    <//>`;
}

/** @param {{ filters: Filters, look: (filters: Filters) => void }} props */
function Search({ filters, look }) {
  const [wish, setWish] = useState(filters);
  const field = (/** @type {keyof Filters} */ name) => ({ name, value: wish[name], onValue: (/** @type {string} */ value) => setWish({ ...wish, [name]: value }) });
  const { type } = filters;
  const active = Object.keys(NONE).some((name) => name !== "type" && filters[/** @type {keyof Filters} */ (name)] !== "");
  const clear = () => {
    setWish(NONE);
    look({ ...NONE, type });
  };
  return html`
    <details class="card" open=${active}>
      <summary>${say("Search")}</summary>
      <${Form} onSend=${() => look({ ...wish, type })}>
        <${Field} label=${say("Name or phone number")} ...${field("person")} maxlength="100" autocomplete="off" />
        <${Field} label=${say("What for, or number of the payment")} ...${field("text")} maxlength="100" autocomplete="off" />
        <${Select} label=${say("How it stands")} ...${field("status")} options=${[
          ["", say("All")],
          ["pending", say("Waiting")],
          ["processing", say("Under way")],
          ["completed", say("Completed")],
          ["failed", say("Failed")],
          ["cancelled", say("Cancelled")],
        ]} />
        <${Field} label=${say("First day")} ...${field("from")} type="date" />
        <${Field} label=${say("Last day")} ...${field("to")} type="date" />
        <${Submit} busy=${false}>${say("Search")}<//>
      <//>
      ${active && html`<${Button} kind="plain" onClick=${clear}>${say("Show everything")}<//>`}
    </details>`;
}

/** @param {{ filters: Filters }} props */
function List({ filters }) {
  const wanted = Object.entries(filters).filter(([, value]) => value.trim());
  const { rows, next, more, busy, problem } = usePages(
    (cursor) => get(`/transactions/transactions/?${new URLSearchParams([["pages", "true"], ["limit", String(PAGE)], ...wanted, ...(cursor ? [["cursor", cursor]] : [])])}`),
    { again: [JSON.stringify(wanted)], name: wanted.length ? undefined : "activity" },
  );
  const goOn = async () => {
    const before = rows?.length ?? 0;
    await more();
    // The button moves away, or is gone: the focus goes where the new ones begin, once they are drawn.
    setTimeout(() => /** @type {HTMLElement | undefined} */ (document.querySelectorAll("main .rows a")[before])?.focus());
  };
  if (!rows) return html`<${NotYet} problem=${problem} rows=${6} />`;
  return html`
    ${byDay(rows).map(([date, these]) => html`
      <section key=${date} aria-labelledby=${`day-${date}`}>
        <h2 id=${`day-${date}`}>${dayName(these[0].created_at)}</h2>
        <ul class="rows">${these.map((row) => html`<${PaymentRow} key=${row.id} row=${row} />`)}</ul>
      </section>`)}
    ${!rows.length && html`<p class="empty" role="status">${next ? say("Nothing among the latest. Look further back?") : wanted.length ? say("Nothing fits.") : say("Nothing yet. Your payments will be here.")}</p>`}
    <${Trouble} problem=${problem} />
    ${next && html`<${Button} kind="second" busy=${busy} onClick=${goOn}>${say("More")}<//>`}`;
}
