// A statement of account for some days, as a file.

import { call } from "../core/api.js";
import { say } from "../words/say.js";
import { monthBegan, today } from "./days.js";
import { useDoing } from "./doing.js";
import { html, useState } from "./html.js";
import { Icon } from "./icons.js";
import { Button, Field, Trouble } from "./parts.js";
import { save } from "./share.js";

const FORMATS = ["pdf", "xlsx", "csv"];

export function Statement() {
  const [from, setFrom] = useState(monthBegan);
  const [to, setTo] = useState(today);
  const { busy, problem, run } = useDoing();
  const get = (/** @type {string} */ format) => run(async () => {
    const { data } = await call("GET", `/transactions/statement/?${new URLSearchParams({ format, from, to })}`, { asFile: true });
    save(data, `Flash ${from} ${to}.${format}`);
  });
  return html`
    <details class="card">
      <summary>${say("Statement as a file")}</summary>
      <p class="hint">${say("What was completed or came back on these days, with totals and a seal.")}</p>
      <${Field} label=${say("First day")} name="statement-from" type="date" max=${today()} value=${from} onValue=${setFrom} />
      <${Field} label=${say("Last day")} name="statement-to" type="date" max=${today()} value=${to} onValue=${setTo} />
      <${Trouble} problem=${problem} />
      <div class="chips">
        ${FORMATS.map((format) => html`
          <${Button} kind="second" key=${format} busy=${busy} onClick=${() => get(format)}><${Icon} name="file" />${format.toUpperCase()}<//>`)}
      </div>
    </details>`;
}
