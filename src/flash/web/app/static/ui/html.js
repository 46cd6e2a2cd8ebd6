// HTML in template strings, and the hooks that components use, from one place.

import htm from "../vendor/htm.js";
import { h } from "../vendor/preact.js";
import "../vendor/signals.js"; // Makes components follow the signals that they read.

export { render } from "../vendor/preact.js";
export { useEffect, useMemo, useRef, useState } from "../vendor/hooks.js";
export { useComputed, useSignal } from "../vendor/signals.js";

/** @type {(strings: TemplateStringsArray, ...values: any[]) => any} */
export const html = htm.bind(/** @type {any} */ (h));
