// Where in the app one is: what stands after the # of the address, which no server ever sees.

import { signal } from "../vendor/signals.js";

/** @typedef {{ name: string, id: string }} Place */

/** @type {import("../vendor/signals.js").Signal<Place>} */
export const place = signal(here());
/** What a screen hands to the next one; it is gone once that one is left, and after a reload, and never in the address. */
export const handed = signal(/** @type {any} */ (null));
let handedTo = "";

/** Follow the address. */
export function start() {
  addEventListener("hashchange", () => {
    if (location.hash !== handedTo) handed.value = null;
    place.value = here();
    scrollTo(0, 0);
  });
  navigator.serviceWorker?.addEventListener("message", ({ data }) => {
    if (data?.open) location.assign(data.open);
  });
}

/**
 * Go to another screen.
 * @param {string} path like "payment/ID"
 * @param {{ with?: any, instead?: boolean }} [how] *instead*: the way back does not lead here
 */
export function go(path, { with: what = null, instead = false } = {}) {
  handed.value = what;
  handedTo = `#/${path}`;
  if (!instead) location.hash = handedTo;
  else {
    history.replaceState(null, "", handedTo);
    place.value = here();
    scrollTo(0, 0);
  }
}

/** @returns {Place} */
function here() {
  const [name = "", id = ""] = location.hash.replace(/^#\/?/, "").split("/");
  return { name: name || "home", id };
}
