// Asking once more, in the page, before something that cannot be undone.

import { say } from "../words/say.js";
import { useDoing } from "./doing.js";
import { html, useRef, useState } from "./html.js";
import { Arrival, Button, Trouble } from "./parts.js";

/**
 * A button that asks before it does what it says.
 * @param {{ label: string, question: string, act: () => Promise<void>, kind?: "danger" | "plain" | "second", children?: any }} props
 *   *children*: what is to be filled in before
 */
export function Confirmed({ label, question, act, kind = "danger", children }) {
  const [asked, setAsked] = useState(false);
  const { busy, problem, setProblem, run } = useDoing();
  const opener = useRef(/** @type {HTMLElement | null} */ (null));
  const leave = () => {
    setAsked(false);
    setProblem(null);
    setTimeout(() => opener.current?.querySelector("button")?.focus());
  };
  const yes = () => run(async () => {
    await act();
    setAsked(false);
  });
  if (!asked) return html`<div class="stack" ref=${opener}><${Button} kind=${kind} onClick=${() => setAsked(true)}>${label}<//></div>`;
  return html`
    <${Arrival} label=${label}>
      <p>${question}</p>
      ${children}
      <${Trouble} problem=${problem} />
      <div class="stack">
        <${Button} kind=${kind === "danger" ? "danger" : "main"} busy=${busy} onClick=${yes}>${label}<//>
        <${Button} kind="plain" onClick=${leave}>${say("No, go back")}<//>
      </div>
    <//>`;
}
