// Whether the service can be reached, and how the operators are.

import { computed, signal } from "../vendor/signals.js";
import { get, ignoreForNow, reached } from "./api.js";
import { config, learnConfig, learnSession, signedIn, sure } from "./session.js";

/** @typedef {{ operator: string, brand: string, served: boolean, condition: "closed" | "slow" | "open", retry_after: number | null }} Provider */

const LOOK_MS = 60_000;
const TRY_MS = 10_000;

const network = signal(navigator.onLine);
/** @type {import("../vendor/signals.js").Signal<Provider[]>} */
const providers = signal([]);

export const online = computed(() => network.value && reached.value);
/** Operators through which money does not flow as it should: a breaker that is open lets nothing through. */
export const troubled = computed(() => providers.value.filter((one) => one.served && one.condition !== "closed"));

/** Keep an eye on both. */
export function start() {
  addEventListener("offline", () => (network.value = false));
  addEventListener("online", () => {
    network.value = true;
    look();
  });
  document.addEventListener("visibilitychange", look);
  look();
  setInterval(look, LOOK_MS);
  setInterval(() => online.peek() || look(), TRY_MS);
}

async function look() {
  if (document.hidden || !navigator.onLine) return;
  if (!config.peek()) await learnConfig();
  if (!sure.peek() || (signedIn.peek() && !reached.peek())) await learnSession();
  try {
    providers.value = (await get("/payments/providers/")).providers;
  } catch (error) {
    ignoreForNow(error);
  }
}
