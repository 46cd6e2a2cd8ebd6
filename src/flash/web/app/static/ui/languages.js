// Choosing the language.

import { LANGUAGES, language, say, speak } from "../words/say.js";
import { html } from "./html.js";

/** @param {{ onChosen?: (language: import("../words/say.js").Language) => void }} props */
export const Languages = ({ onChosen }) => html`
  <div class="languages" role="group" aria-label=${say("Language")}>
    ${Object.entries(LANGUAGES).map(([code, name]) => html`
      <button type="button" class="plain" lang=${code} aria-pressed=${language.value === code}
        onClick=${() => choose(/** @type {any} */ (code), onChosen)}>${name}</button>`)}
  </div>`;

/**
 * @param {import("../words/say.js").Language} code
 * @param {((language: import("../words/say.js").Language) => void) | undefined} onChosen
 */
async function choose(code, onChosen) {
  await speak(code);
  onChosen?.(code);
}
