// The contacts that fit what was typed, to be chosen with one touch.

import { get } from "../core/api.js";
import { say } from "../words/say.js";
import { useData } from "./doing.js";
import { html } from "./html.js";

const MOST = 4;

/** @param {{ text: string, choose: (phone: string) => void }} props */
export function ContactChips({ text, choose }) {
  const { data } = useData(() => get("/auth/contacts/"), { name: "contacts" });
  const digits = text.replace(/[^\d]/g, "").replace(/^(260|0)/, "");
  const wanted = text.trim().toLowerCase();
  const fitting = (data ?? [])
    .filter((/** @type {any} */ one) => one.contact_phone !== text)
    .filter((/** @type {any} */ one) => !wanted || one.contact_name.toLowerCase().includes(wanted) || (digits && one.contact_phone.includes(digits)))
    .slice(0, MOST);
  if (!fitting.length) return null;
  return html`
    <div class="chips" role="group" aria-label=${say("Contacts")}>
      ${fitting.map((/** @type {any} */ one) => html`
        <button type="button" class="chip" key=${one.id} onClick=${() => choose(one.contact_phone)}>${one.contact_name}</button>`)}
    </div>`;
}
