// Choosing between a few things.

import { html, useEffect, useState } from "./html.js";

/** @typedef {[value: string, label: string]} Option */

/**
 * One of a few, all in sight.
 * @param {{ label: string, options: Option[], value: string, onValue: (value: string) => void }} props
 */
export const Chips = ({ label, options, value, onValue }) => html`
  <div class="chips" role="group" aria-label=${label}>
    ${options.map(([one, text]) => html`
      <button type="button" class="chip" key=${one} aria-pressed=${one === value} onClick=${() => onValue(one)}>${text}</button>`)}
  </div>`;

/**
 * One of many.
 * @param {{ label: string, name: string, options: Option[], value: string, onValue: (value: string) => void }} props
 */
export const Select = ({ label, name, options, value, onValue }) => html`
  <div class="field">
    <label for=${name}>${label}</label>
    <select id=${name} name=${name} onChange=${(/** @type {any} */ event) => onValue(event.currentTarget.value)}>
      ${options.map(([one, text]) => html`<option key=${one} value=${one} selected=${one === value}>${text}</option>`)}
    </select>
  </div>`;

/**
 * Yes or no. What was pressed is shown at once, and taken back when it did not work.
 * @param {{ label: string, name: string, value: boolean, onValue: (value: boolean) => Promise<boolean>, [more: string]: any }} props
 *   *onValue* tells whether it worked
 */
export function Check({ label, name, value, onValue, ...rest }) {
  const [shown, setShown] = useState(value);
  useEffect(() => setShown(value), [value]);
  const press = async (/** @type {any} */ event) => {
    const wanted = event.currentTarget.checked;
    setShown(wanted);
    if (!(await onValue(wanted))) setShown(!wanted);
  };
  return html`<label class="check"><input type="checkbox" name=${name} checked=${shown} onChange=${press} ...${rest} />${label}</label>`;
}
