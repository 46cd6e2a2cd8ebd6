// Scanning a code, with the camera or from a picture, and going where it leads.

import { Refused, get } from "../core/api.js";
import { go, handed } from "../core/router.js";
import { Camera, readPicture } from "../ui/camera.js";
import { understood } from "../ui/codes.js";
import { useDoing } from "../ui/doing.js";
import { html, useEffect, useState } from "../ui/html.js";
import { ORIGINS } from "../ui/ours.js";
import { Button, Notice, Screen, Trouble } from "../ui/parts.js";
import { PayLink } from "../ui/pay-link.js";
import { say } from "../words/say.js";

export default function Scan() {
  const [found, setFound] = useState(/** @type {import("../ui/codes.js").Code | null} */ (null));
  const [trouble, setTrouble] = useState("");
  const { busy, problem, run } = useDoing();
  const take = (/** @type {string | null} */ text) => run(async () => {
    setTrouble("");
    if (text === null) return setTrouble(say("There is no QR code in this picture."));
    const code = understood(text, ORIGINS);
    if (!code) return setTrouble(say("This code is none of Flash. Nothing was done."));
    if (code.kind === "link" || code.kind === "check") return setFound(code);
    await follow(code);
  });
  const pick = (/** @type {any} */ event) => {
    const [file] = event.currentTarget.files;
    if (file) readPicture(file).then(take, () => setTrouble(say("This part of Flash could not be loaded.")));
    event.currentTarget.value = "";
  };
  // The phone's own app opens links of ours: they are looked at like a code.
  useEffect(() => {
    const given = handed.peek()?.code;
    if (!given) return;
    handed.value = null;
    take(given);
  }, [handed.value]);
  if (found) return html`<${Found} code=${found} again=${() => setFound(null)} />`;
  return html`
    <${Screen} title=${say("Scan")}>
      <${Camera} onText=${take} />
      ${trouble && html`<${Notice} kind="bad">${trouble}<//>`}
      <${Trouble} problem=${problem} />
      <div class="stack">
        <label class="button second file" aria-disabled=${busy ? "true" : undefined}>
          <input type="file" accept="image/*" onChange=${pick} />${say("Choose a picture of a code")}
        </label>
        <a class="button plain" href="#/my-code">${say("Show my code instead")}</a>
      </div>
    <//>`;
}

/** @param {Extract<import("../ui/codes.js").Code, { kind: "pay" | "ask" }>} code */
async function follow(code) {
  if (code.kind === "ask") return go("request", { with: { to: code.to } });
  if (code.request && (await asksMe(code.request))) return go(`request/${code.request}`);
  go("send", { with: { to: code.to, amount: code.amount, note: code.note } });
}

/** Whether a request asks whoever is here, and may be paid. Then it is to be paid, and not something beside it. @param {string} id */
async function asksMe(id) {
  try {
    const request = await get(`/transactions/transactions/${id}/`);
    return request.is_payment_request && request.type === "received";
  } catch (error) {
    if (error instanceof Refused && error.status === 404) return false;
    throw error;
  }
}

/** @param {{ code: import("../ui/codes.js").Code, again: () => void }} props */
const Found = ({ code, again }) => html`
  <${Screen} title=${code.kind === "link" ? say("Pay") : say("Receipt")} back="home">
    ${code.kind === "link" && html`<${PayLink} secret=${code.secret} />`}
    ${code.kind === "check" && html`
      <p>${say("This is the code of a receipt. The check tells whether it is genuine, and how the payment stands now.")}</p>
      <div class="stack"><a class="button main" href=${code.url} target="_blank" rel="noopener">${say("Check this receipt")}</a></div>`}
    <div class="stack"><${Button} kind="plain" onClick=${again}>${say("Scan another code")}<//></div>
  <//>`;
