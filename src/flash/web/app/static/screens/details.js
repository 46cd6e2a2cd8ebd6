// What Flash knows of me, and the language it speaks with me.

import { call, get } from "../core/api.js";
import { user } from "../core/session.js";
import { keep } from "../core/shelf.js";
import { useData, useDoing } from "../ui/doing.js";
import { html, useState } from "../ui/html.js";
import { Languages } from "../ui/languages.js";
import { Field, Form, NotYet, Notice, Screen, Submit, Trouble } from "../ui/parts.js";
import { say } from "../words/say.js";

const FIELDS = ["full_name", "email", "date_of_birth", "address", "id_number"];

export default function Details() {
  const { data, problem, old } = useData(() => get("/auth/profile/"));
  return html`
    <${Screen} title=${say("My details")} back="profile">
      <h2>${say("Language")}</h2>
      <${Language} />
      ${data ? html`<${Change} profile=${data} key=${old} />` : html`<${NotYet} problem=${problem} rows=${5} />`}
    <//>`;
}

/** The page speaks it at once; the service as soon as it has heard. */
function Language() {
  const { problem, run } = useDoing();
  return html`
    <${Languages} onChosen=${(/** @type {string} */ language) => run(async () => {
      await call("PATCH", "/auth/profile/", { body: { language } });
    })} />
    <${Trouble} problem=${problem} />`;
}

/** @param {{ profile: any }} props */
function Change({ profile }) {
  const [wish, setWish] = useState(() => Object.fromEntries(FIELDS.map((name) => [name, profile[name] ?? ""])));
  const [saved, setSaved] = useState(false);
  const { busy, problem, run } = useDoing();
  const field = (/** @type {string} */ name) => ({ name, problem, value: wish[name], onValue: (/** @type {string} */ value) => setWish({ ...wish, [name]: value }) });
  const save = () => run(async () => {
    setSaved(false);
    const { data } = await call("PATCH", "/auth/profile/", { body: wish });
    setSaved(true);
    const me = user.peek();
    if (!me) return;
    user.value = { ...me, full_name: data.full_name, email: data.email };
    await keep("user", user.peek());
  });
  return html`
    <h2>${say("About you")}</h2>
    <${Form} onSend=${save}>
      <${Field} label=${say("Your name")} ...${field("full_name")} autocomplete="name" maxlength="100" hint=${say("Whoever you pay, and whoever pays you, sees it.")} />
      <${Field} label=${say("Email address, if you like")} ...${field("email")} type="email" inputmode="email" autocomplete="email" maxlength="254" />
      <${Field} label=${say("Date of birth, if you like")} ...${field("date_of_birth")} type="date" autocomplete="bday" />
      <${Field} label=${say("Address, if you like")} ...${field("address")} autocomplete="street-address" maxlength="200" />
      <${Field} label=${say("Number of your identity card, if you like")} ...${field("id_number")} autocomplete="off" maxlength="50" />
      <${Trouble} problem=${problem} fields=${FIELDS} />
      ${saved && html`<${Notice} kind="good">${say("Saved.")}<//>`}
      <${Submit} busy=${busy}>${say("Save")}<//>
    <//>`;
}
