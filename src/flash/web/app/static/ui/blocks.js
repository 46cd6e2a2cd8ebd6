// The numbers that may not ask me for money.

import { call, get } from "../core/api.js";
import { spoken } from "../core/money.js";
import { say } from "../words/say.js";
import { Confirmed } from "./confirm.js";
import { useData } from "./doing.js";
import { html } from "./html.js";

/** @param {{ changed: () => void, again: unknown }} props *again*: look anew when this changes */
export function Blocks({ changed, again }) {
  const { data, reload } = useData(() => get("/auth/blocks/"), { again: [again] });
  if (!data?.length) return null;
  const end = (/** @type {string} */ id) => call("DELETE", `/auth/blocks/${id}/`).then(reload).then(changed);
  return html`
    <details class="card">
      <summary>${say("Blocked numbers: {count}", { count: data.length })}</summary>
      ${data.map((/** @type {any} */ one) => html`
        <div key=${one.id}>
          <p><strong>${one.name}</strong>${one.name !== one.phone_number && html`<br /><span class="hint">${spoken(one.phone_number)}</span>`}</p>
          <${Confirmed} kind="second" label=${say("Let {name} ask again", { name: one.name })} act=${() => end(one.id)}
            question=${say("What they asked meanwhile, and has not expired, is shown to you.")} />
        </div>`)}
    </details>`;
}
