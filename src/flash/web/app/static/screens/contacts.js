// Contacts: who is paid often, under a name of one's own.

import { call, get, post } from "../core/api.js";
import { mayBePhone, spoken } from "../core/money.js";
import { go } from "../core/router.js";
import { Check } from "../ui/choose.js";
import { Confirmed } from "../ui/confirm.js";
import { useData, useDoing } from "../ui/doing.js";
import { html, useState } from "../ui/html.js";
import { Button, Field, Form, NotYet, Screen, Submit, Trouble } from "../ui/parts.js";
import { say } from "../words/say.js";

/** @typedef {{ id: string, contact_name: string, contact_phone: string, is_favourite: boolean }} Contact */

const MOST = 1000;
/** With more of them, one looks for a name. */
const MANY = 8;

export default function Contacts() {
  const { data, problem, reload } = useData(() => get(`/auth/contacts/?limit=${MOST}`), { name: "contacts" });
  const [text, setText] = useState("");
  const wanted = text.trim().toLowerCase();
  const fitting = data?.filter((/** @type {Contact} */ one) => one.contact_name.toLowerCase().includes(wanted) || one.contact_phone.includes(wanted.replace(/^0/, "")));
  return html`
    <${Screen} title=${say("Contacts")} back="profile">
      <${Add} changed=${reload} />
      ${data?.length > MANY && html`<${Field} label=${say("Look for a name or a number")} name="look" type="search" autocomplete="off" value=${text} onValue=${setText} />`}
      ${!data && html`<${NotYet} problem=${problem} rows=${4} />`}
      ${data && !fitting.length && html`<p class="empty">${data.length ? say("Nothing fits.") : say("You have no contacts yet.")}</p>`}
      ${fitting?.length > 0 && html`<ul class="rows">${fitting.map((/** @type {Contact} */ one) => html`<${One} key=${one.id} contact=${one} changed=${reload} />`)}</ul>`}
    <//>`;
}

/** @param {{ changed: () => void }} props */
function Add({ changed }) {
  const [name, setName] = useState("");
  const [phone, setPhone] = useState("");
  const [told, setTold] = useState("");
  const { busy, problem, setProblem, run } = useDoing();
  const add = () => run(async () => {
    setTold("");
    if (!mayBePhone(phone)) return setProblem({ field: "contact_phone", text: say("Please enter a Zambian mobile number, like 096 0000 123."), code: "" });
    await post("/auth/contacts/", { contact_name: name.trim(), contact_phone: phone });
    setTold(say("{name} is among your contacts.", { name: name.trim() }));
    setName("");
    setPhone("");
    changed();
  });
  return html`
    <details class="card">
      <summary>${say("Add a contact")}</summary>
      <${Form} onSend=${add}>
        <${Field} label=${say("Name")} name="contact_name" maxlength="100" autocomplete="off" value=${name} onValue=${setName} problem=${problem} />
        <${Field} label=${say("Phone number")} name="contact_phone" type="tel" inputmode="tel" autocomplete="off" value=${phone} onValue=${setPhone} problem=${problem} />
        <${Trouble} problem=${problem} fields=${["contact_name", "contact_phone"]} />
        <${Submit} busy=${busy}>${say("Add")}<//>
      <//>
      <p class="good" role="status">${told}</p>
    </details>`;
}

/** @param {{ contact: Contact, changed: () => void }} props */
function One({ contact, changed }) {
  const [open, setOpen] = useState(false);
  const send = () => go("send", { with: { to: contact.contact_phone } });
  return html`
    <li>
      <button type="button" class="row wide" aria-expanded=${open} onClick=${() => setOpen(!open)}>
        <span class="grow"><strong>${contact.contact_name}</strong><span class="hint">${spoken(contact.contact_phone)} ${contact.is_favourite && say("Favourite")}</span></span>
      </button>
      ${open && html`
        <div class="inner">
          <div class="stack">
            <${Button} onClick=${send}>${say("Send to {name}", { name: contact.contact_name })}<//>
            <${Button} kind="second" onClick=${() => go("request", { with: { to: contact.contact_phone } })}>${say("Ask {name} for money", { name: contact.contact_name })}<//>
          </div>
          <${Change} contact=${contact} changed=${changed} />
          <${Confirmed} label=${say("Delete")} question=${say("Shall {name} be deleted from your contacts?", { name: contact.contact_name })}
            act=${() => call("DELETE", `/auth/contacts/${contact.id}/`).then(changed)} />
        </div>`}
    </li>`;
}

/** @param {{ contact: Contact, changed: () => void }} props */
function Change({ contact, changed }) {
  const [name, setName] = useState(contact.contact_name);
  const { busy, problem, run } = useDoing();
  const change = (/** @type {Partial<Contact>} */ body) => run(async () => {
    await call("PATCH", `/auth/contacts/${contact.id}/`, { body });
    changed();
  });
  return html`
    <${Form} onSend=${() => change({ contact_name: name.trim() })}>
      <${Field} label=${say("Another name")} name="contact_name" id=${`name-${contact.id}`} maxlength="100" autocomplete="off" value=${name} onValue=${setName} problem=${problem} />
      <${Check} label=${say("Favourite: among the first in lists")} name="is_favourite" value=${contact.is_favourite} onValue=${(/** @type {boolean} */ is_favourite) => change({ is_favourite })} />
      <${Trouble} problem=${problem} fields=${["contact_name"]} />
      <${Submit} kind="second" busy=${busy}>${say("Save the name")}<//>
    <//>`;
}
