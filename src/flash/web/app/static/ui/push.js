// Notifications by Web Push on this phone, and for this sign-in.

import { post } from "../core/api.js";
import { config } from "../core/session.js";
import { keep, known } from "../core/shelf.js";
import { registration } from "../core/worker.js";

/** Under which the phone keeps what it subscribed to. It is forgotten with the sign-in, and so are our messages. */
const KEPT = "push";

/** @typedef {"none" | "forbidden" | "failed" | "off" | "on"} State "none": this browser or this service cannot */

/** @returns {Promise<State>} */
export async function pushState() {
  if (!registration || !("PushManager" in globalThis) || !config.peek()?.push_public_key) return "none";
  if (Notification.permission === "denied") return "forbidden";
  const there = await (await registration).pushManager.getSubscription();
  return there && there.endpoint === (await known(KEPT)) ? "on" : "off";
}

/** @returns {Promise<State>} */
export async function pushOn() {
  const { pushManager } = /** @type {ServiceWorkerRegistration} */ (await registration);
  if ((await Notification.requestPermission()) !== "granted") return pushState();
  const there = await subscribed(pushManager);
  if (!there) return "failed";
  const { endpoint, keys } = there.toJSON();
  await post("/auth/push/", { endpoint, keys });
  await keep(KEPT, endpoint);
  return "on";
}

/** @param {PushManager} pushManager */
async function subscribed(pushManager) {
  try {
    return await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: config.peek()?.push_public_key });
  } catch (error) {
    // The browser's own push service was not reached, or is switched off in it.
    if (error instanceof DOMException) return null;
    throw error;
  }
}

/** @returns {Promise<State>} */
export async function pushOff() {
  const there = await (await registration)?.pushManager.getSubscription();
  if (there) {
    await post("/auth/push/remove/", { endpoint: there.endpoint });
    await there.unsubscribe();
  }
  await keep(KEPT, null);
  return "off";
}
