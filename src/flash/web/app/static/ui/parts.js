// The pieces that screens are made of.

import { place } from "../core/router.js";
import { say } from "../words/say.js";
import { html, useEffect, useRef, useState } from "./html.js";
import { Icon } from "./icons.js";

/**
 * A screen. Its heading gets the focus, so that a screen reader tells where one is.
 * @param {{ title: string, back?: string, children?: any, wide?: boolean }} props
 */
export function Screen({ title, back, children }) {
  const heading = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    document.title = `${title} - Flash`;
  }, [title]);
  useEffect(() => heading.current?.focus({ preventScroll: true }), [place.value.name, place.value.id]);
  return html`
    <main id="main" class="screen">
      <div class="top">
        ${back !== undefined && html`<a class="back" href=${`#/${back}`} aria-label=${say("Back")}><${Icon} name="back" /></a>`}
        <h1 tabindex="-1" ref=${heading}>${title}</h1>
      </div>
      ${children}
    </main>`;
}

/**
 * A labelled input; its hint and its problem are read out with it. *id* where the same name is there twice.
 * @param {{ label: string, name: string, id?: string, hint?: string, problem?: import("./doing.js").Problem | null, onValue: (value: string) => void, [more: string]: any }} props
 */
export function Field({ label, name, id = name, hint, problem, onValue, multiline, ...rest }) {
  const mine = problem && problem.field === name ? problem.text : "";
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  useEffect(() => {
    if (mine) input.current?.focus();
  }, [mine, problem]);
  const described = [hint && `${id}-hint`, mine && `${id}-problem`].filter(Boolean).join(" ");
  return html`
    <div class="field">
      <label for=${id}>${label}</label>
      ${hint && html`<p class="hint" id=${`${id}-hint`}>${hint}</p>`}
      <${multiline ? "textarea" : "input"} id=${id} name=${name} ref=${input} aria-invalid=${mine ? "true" : undefined}
        aria-describedby=${described || undefined} onInput=${(/** @type {any} */ event) => onValue(event.currentTarget.value)} ...${rest} />
      ${mine && html`<p class="problem" id=${`${id}-problem`}>${mine}</p>`}
    </div>`;
}

/**
 * A password or a PIN, which can be looked at.
 * @param {{ label: string, name: string, [more: string]: any }} props
 */
export function Secret(props) {
  const [shown, setShown] = useState(false);
  return html`
    <div class="secret">
      <${Field} ...${props} type=${shown ? "text" : "password"} autocapitalize="none" spellcheck=${false} />
      <button type="button" class="plain" aria-pressed=${shown} onClick=${() => setShown(!shown)}>${shown ? say("Hide") : say("Show")}</button>
    </div>`;
}

/**
 * @param {{ busy?: boolean, kind?: "main" | "second" | "danger" | "plain", children?: any, [more: string]: any }} props
 */
export function Button({ busy = false, kind = "main", children, ...rest }) {
  return html`<button type="button" class=${kind} aria-disabled=${busy ? "true" : undefined} ...${busy ? { ...rest, onClick: stop } : rest}>
    ${children}${busy && html`<span class="spinner" aria-hidden="true"></span>`}
  </button>`;
}

/** @param {Event} event */
const stop = (event) => event.preventDefault();

/** A sentence that must not be missed. @param {{ kind?: "good" | "wait" | "bad" | "tell", children?: any, role?: string }} props */
export const Notice = ({ kind = "tell", children, role = kind === "bad" ? "alert" : "status" }) =>
  html`<div class=${`notice ${kind}`} role=${role}>${children}</div>`;

/** The problem of a form, unless a field shows it. @param {{ problem: import("./doing.js").Problem | null, fields?: string[] }} props */
export const Trouble = ({ problem, fields = [] }) =>
  problem && !fields.includes(problem.field) ? html`<${Notice} kind="bad">${problem.text}<//>` : null;

/**
 * A form that is sent by Enter, too.
 * @param {{ onSend: () => void, children?: any }} props
 */
export const Form = ({ onSend, children }) => html`
  <form novalidate onSubmit=${(/** @type {Event} */ event) => {
    event.preventDefault();
    onSend();
  }}>${children}</form>`;

/** @param {{ busy: boolean, children?: any, [more: string]: any }} props */
export const Submit = ({ busy, children, ...rest }) => html`<${Button} type="submit" busy=${busy} ...${rest}>${children}<//>`;

/** Names and values. @param {{ rows: ([string, any] | null | false)[] }} props */
export const Facts = ({ rows }) => html`
  <dl class="facts">${rows.map((row) => row && row[1] && html`<div><dt>${row[0]}</dt><dd>${row[1]}</dd></div>`)}</dl>`;

/** What is shown while nothing is known yet: as high as what comes, so that nothing jumps. @param {{ rows?: number }} props */
export const Loading = ({ rows = 3 }) => html`
  <div class="loading" role="status" aria-label=${say("Loading")}>${Array.from({ length: rows }, () => html`<span></span>`)}</div>`;

/** What is shown instead of data that is not there: why, or that it comes. @param {{ problem: import("./doing.js").Problem | null, rows?: number }} props */
export const NotYet = ({ problem, rows }) => (problem ? html`<${Notice} kind="bad">${problem.text}<//>` : html`<${Loading} rows=${rows} />`);

/** Takes the focus when it appears: it took the place of what had it. @param {{ label: string, children?: any }} props */
export function Arrival({ label, children }) {
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => box.current?.focus(), []);
  return html`<div class="ask" role="group" aria-label=${label} tabindex="-1" ref=${box}>${children}</div>`;
}

/** @param {{ href: string, icon?: string, children?: any }} props */
export const LinkRow = ({ href, icon, children }) => html`
  <a class="row" href=${href}>${icon && html`<${Icon} name=${icon} />`}<span class="grow">${children}</span><${Icon} name="on" /></a>`;
