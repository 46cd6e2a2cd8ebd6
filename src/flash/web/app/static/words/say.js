// What people read. The English sentence is the name of each text, so that the code reads as the screen does; Bemba and
// Nyanja are catalogues from it. What the service says in English is looked for in the same catalogues.

import { signal } from "../vendor/signals.js";

/** @typedef {"en" | "bem" | "ny"} Language */
/** @typedef {Record<string, string | number>} Values What is put in where a text says {name}. */

/** @type {Record<Language, string>} */
export const LANGUAGES = { en: "English", bem: "Icibemba", ny: "Chinyanja" };
const KEPT = "flash.language";

/** @type {import("../vendor/signals.js").Signal<Language>} */
export const language = signal("en");
/** @type {import("../vendor/signals.js").Signal<Record<string, string>>} */
const catalogue = signal({});
/** Sentences with something put in, those that say most first: "{name} has it." fits much. @type {ReturnType<typeof pattern>[]} */
let patterns = [];

/**
 * Say a text in the person's language.
 * @param {string} text in English, with {names} for what is put in
 * @param {Values} [values]
 */
export function say(text, values = {}) {
  const found = catalogue.value[text] ?? text;
  return found.replace(/\{(\w+)\}/g, (all, name) => (name in values ? String(values[name]) : all));
}

/**
 * Say what the service said in English, as far as the catalogue knows it.
 * @param {string} sentence
 */
export function repeat(sentence) {
  if (sentence in catalogue.value) return catalogue.value[sentence];
  for (const { parts, names, text } of patterns) {
    const found = parts.exec(sentence);
    if (found) return say(text, Object.fromEntries(names.map((name, at) => [name, found[at + 1]])));
  }
  return sentence;
}

/**
 * Speak this language from now on, also when the app is opened again.
 * @param {Language} wanted
 */
export async function speak(wanted) {
  const words = wanted === "en" ? {} : (await import(`./${wanted}.js`)).default;
  patterns = Object.keys(words).filter(isSentence).map(pattern).sort((one, other) => other.fixed - one.fixed);
  catalogue.value = words;
  language.value = wanted;
  document.documentElement.lang = wanted;
  localStorage.setItem(KEPT, wanted);
}

/** Speak what was chosen here before, or else what the phone speaks. */
export async function speakFirst() {
  const wishes = [localStorage.getItem(KEPT), ...navigator.languages.map((tag) => tag.split("-")[0])];
  const known = /** @type {Language | undefined} */ (wishes.find((wish) => wish !== null && wish in LANGUAGES));
  if (known && known !== "en") await speak(known).catch(() => undefined); // Without a network, English is there.
}

/** The service says whole sentences. A label like "{browser} on {system}" would fit many that nobody has translated. @param {string} text */
const isSentence = (text) => text.includes("{") && text.endsWith(".");

/** @param {string} text */
function pattern(text) {
  const names = [...text.matchAll(/\{(\w+)\}/g)].map((found) => found[1]);
  const fixed = text.split(/\{\w+\}/);
  const parts = fixed.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return { parts: new RegExp(`^${parts.join("(.+?)")}$`), names, text, fixed: fixed.join("").length };
}
