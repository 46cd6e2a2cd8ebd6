// What each month came to.

import { get } from "../core/api.js";
import { kwacha, monthName } from "../core/money.js";
import { useData } from "../ui/doing.js";
import { html } from "../ui/html.js";
import { NotYet, Screen } from "../ui/parts.js";
import { say } from "../words/say.js";

export default function Months() {
  const { data, problem } = useData(() => get("/transactions/totals/"), { name: "months" });
  return html`
    <${Screen} title=${say("Months")} back="activity">
      ${data ? html`<${Table} months=${data.toReversed()} />` : html`<${NotYet} problem=${problem} rows=${6} />`}
    <//>`;
}

/** @param {{ months: any[] }} props */
function Table({ months }) {
  const all = months.flatMap((month) => [Number(month.sent.amount), Number(month.received.amount)]);
  const most = Math.max(...all, 1);
  return html`
    <div class="scrolling" tabindex="0" role="region" aria-label=${say("Totals of each month")}>
      <table class="months">
        <thead><tr><th scope="col">${say("Month")}</th><th scope="col">${say("Sent")}</th><th scope="col">${say("Received")}</th></tr></thead>
        <tbody>${months.map((month) => html`
          <tr key=${month.month}>
            <th scope="row">${monthName(month.month)}${month.failed + month.returned > 0 && html`<span class="hint">${say("{count} did not arrive", { count: month.failed + month.returned })}</span>`}</th>
            <${Sum} part=${month.sent} most=${most} />
            <${Sum} part=${month.received} most=${most} />
          </tr>`)}
        </tbody>
      </table>
    </div>
    <p class="hint">${say("A payment counts in the month in which it was ordered, once it has ended.")}</p>`;
}

/** An amount and its bar, which says no more than the amount. @param {{ part: { count: number, amount: string, fees?: string }, most: number }} props */
const Sum = ({ part, most }) => html`
  <td>
    <span class="amount">${kwacha(part.amount)}</span>
    <meter min="0" max=${most} value=${Number(part.amount)} aria-hidden="true"></meter>
    ${part.count > 0 && html`<span class="hint">${say("Payments: {count}", { count: part.count })}</span>`}
    ${part.fees && part.fees !== "0.00" && html`<span class="hint">${say("Fees: {amount}", { amount: kwacha(part.fees) })}</span>`}
  </td>`;
