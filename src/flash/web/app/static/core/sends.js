// Sends on their way to the service. Each has its Idempotency-Key before the first try and is kept until it is answered,
// so that however often it is tried, by whichever page, after whatever reload, it becomes one payment.

import { computed, effect, signal } from "../vendor/signals.js";
import { NoAnswer, Refused, call, reached } from "./api.js";
import { sure, user } from "./session.js";
import { dropSend, keepSend, keptSends } from "./shelf.js";

/**
 * @typedef {object} Send
 * @property {string} key its Idempotency-Key
 * @property {string} owner who sends: the id of the account
 * @property {string} to the payee's number
 * @property {string} name the payee's name as it was shown, or the number
 * @property {string} amount like "25.50"
 * @property {string} description
 * @property {number} madeAt when the person said so, in milliseconds
 * @property {number} tries how often it was on its way
 * @property {"pin"} [needs] what it cannot go without
 * @property {string} [refusal] why the service did not accept it; it stays in sight until whoever sent it has seen that
 */
/** @typedef {{ id: string, number: string }} Accepted */

/** A send that is older goes only when the person says so again. */
export const OLD_MS = 10 * 60_000;
const RETRY_MS = [5_000, 10_000, 20_000, 40_000, 60_000];
const LOCK = "flash.sends";
/** What the service says when it is not sure that whoever sent it is still here. */
const NOT_THEM = new Set(["session_locked", "csrf"]);

/** @type {import("../vendor/signals.js").Signal<Send[]>} */
const all = signal([]);
/** @type {import("../vendor/signals.js").Signal<ReadonlySet<string>>} */
const confirmed = signal(new Set());
/** @type {import("../vendor/signals.js").Signal<Record<string, Accepted>>} What became of those that were tried from here. */
export const accepted = signal({});
/** @type {import("../vendor/signals.js").Signal<Record<string, Refused>>} */
export const refused = signal({});
/** What the person who is here has sent, and has no answer to. */
export const waiting = computed(() => all.value.filter((send) => send.owner === user.value?.id));

/** @param {Send} send */
export const isOld = (send) => Date.now() - send.madeAt > OLD_MS && !confirmed.value.has(send.key);

/** Look after what was left from before, and go on until all is answered. */
export async function start() {
  all.value = await keptSends();
  let round = 0;
  /** @type {number | undefined} */
  let timer;
  const goOn = async () => {
    clearTimeout(timer);
    await deliverAll();
    clearTimeout(timer);
    if (willing().length) timer = setTimeout(goOn, RETRY_MS[Math.min(round++, RETRY_MS.length - 1)]);
    else round = 0;
  };
  addEventListener("online", () => {
    round = 0;
    goOn();
  });
  // Whoever comes in finds what they left; what was not answered at once is tried again.
  effect(() => void (sure.value && user.value && goOn()));
  tryAgain = () => (timer = setTimeout(goOn, RETRY_MS[0]));
}

/** Set by `start`: has what was not answered tried again, without anybody pressing anything. */
let tryAgain = () => 0;

/**
 * Order a payment: keep it first, then try. Ordering the same key again changes nothing.
 * @param {Omit<Send, "madeAt" | "tries">} wish
 * @param {string} [pin]
 */
export async function order(wish, pin) {
  const known = all.peek().find((send) => send.key === wish.key);
  const send = known ?? { ...wish, madeAt: Date.now(), tries: 0 };
  if (!known) {
    all.value = [...all.peek(), send];
    await keepSend(send);
  }
  await deliver(send.key, { pin, said: true });
  if (willing().length) tryAgain();
}

/**
 * Let an old one go after all, or one that needed the PIN, or was refused.
 * @param {string} key
 * @param {string} [pin]
 */
export async function letGo(key, pin) {
  confirmed.value = new Set([...confirmed.peek(), key]);
  await deliver(key, { pin, said: true });
  if (willing().length) tryAgain();
}

/** Do not send it. Whoever tried before may have been heard all the same: activity tells. @param {string} key */
export const drop = (key) => settle(key);

/** Whether it waits for its owner, and not for the service. @param {Send} send */
export const asks = (send) => isOld(send) || send.needs === "pin" || send.refusal !== undefined;

const willing = () => waiting.peek().filter((send) => !asks(send));

async function deliverAll() {
  for (const send of willing()) await deliver(send.key, { said: false });
}

/**
 * Try one, unless this or another page is trying it already.
 * @param {string} key
 * @param {{ pin?: string, said: boolean }} how *said*: whether its owner says so at this moment
 */
async function deliver(key, { pin, said }) {
  await navigator.locks.request(`${LOCK}.${key}`, async () => {
    // Another page may have had the answer meanwhile.
    const kept = (await keptSends()).find((send) => send.key === key);
    if (!kept) {
      all.value = all.peek().filter((send) => send.key !== key);
      return;
    }
    // Another page may have been told that it is up to its owner.
    if (!said && asks(kept)) return void (await changed(kept));
    const { [key]: before, ...others } = refused.peek();
    if (before) refused.value = others;
    if (accepted.peek()[key] || !navigator.onLine) return;
    const send = await changed({ ...kept, tries: kept.tries + 1, needs: undefined, refusal: undefined });
    // Its owner may have left meanwhile. It is sent for nobody else.
    if (send.owner !== user.peek()?.id) return;
    try {
      await settle(key, await tried(send, pin));
    } catch (error) {
      if (error instanceof Refused) await heard(send, error, pin);
      else if (!(error instanceof NoAnswer)) throw error;
    }
  });
}

/**
 * @param {Send} send
 * @param {string} [pin]
 * @returns {Promise<Accepted>}
 */
async function tried(send, pin) {
  const { data } = await call("POST", "/transactions/send/", {
    body: { recipient_phone: send.to, amount: send.amount, description: send.description || undefined },
    headers: { "Idempotency-Key": send.key, ...(pin ? { "Flash-Pin": pin } : {}) },
  });
  return { id: data.transaction_id, number: data.reference_id };
}

/**
 * @param {Send} send
 * @param {Refused} refusal
 * @param {string} [pin]
 */
async function heard(send, refusal, pin) {
  if (refusal.status === 401 || NOT_THEM.has(refusal.code)) return; // It goes on once whoever sent it is here again.
  refused.value = { ...refused.peek(), [send.key]: refusal };
  // Missing, wrong, or wrong too often: a try before may have been heard, and whoever mistypes has not changed their mind.
  if (refusal.body.pin || (pin && refusal.status === 429)) await changed({ ...send, needs: "pin" });
  // The service broke or is busy, so that nobody knows what became of a try before.
  else if (refusal.status === 429 || (refusal.status >= 500 && refusal.code !== "operator_unavailable")) return;
  else await changed({ ...send, refusal: refusal.message });
}

/** @param {Send} send */
async function changed(send) {
  all.value = all.peek().map((other) => (other.key === send.key ? send : other));
  await keepSend(send);
  return send;
}

/**
 * @param {string} key
 * @param {Accepted} [answer]
 */
async function settle(key, answer) {
  if (answer) accepted.value = { ...accepted.peek(), [key]: answer };
  await dropSend(key);
  all.value = all.peek().filter((send) => send.key !== key);
}

/** Whether what is waiting waits for the network. */
export const stuck = computed(() => waiting.value.length > 0 && !reached.value);
