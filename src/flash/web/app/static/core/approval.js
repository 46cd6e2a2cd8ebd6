// Watching a payment until it ends. It always ends: with an outcome, or by giving up waiting, which is told as such.

import { call, ignoreForNow } from "./api.js";

/**
 * @typedef {object} Seen
 * @property {"waiting" | "completed" | "failed" | "cancelled" | "still"} end "still": it is with the operator, and we stop asking
 * @property {any} payment the last answer; null before the first
 * @property {boolean} demo whether the demo completed it
 */
/**
 * @typedef {object} Rules
 * @property {number} giveUpS seconds until it is given up
 * @property {number | null} demoAfterS seconds until a demo is asked to complete it; null where this is no demo
 * @property {number} [since] from when these count, in milliseconds; from when it was first watched if it is not said
 */

const FIRST_MS = 2_000;
const LONGEST_MS = 5_000;
const GROWTH = 1.3;
const ENDS = new Set(["completed", "failed", "cancelled"]);

/**
 * Ask at once, and then again and again, with growing pauses and only while the page is seen.
 * @param {string} id of the payment
 * @param {Rules} rules
 * @param {(seen: Seen) => void} tell
 * @returns {() => void} stops it
 */
export function watch(id, rules, tell) {
  const began = rules.since ?? beginning(id);
  const leaving = new AbortController();
  /** @type {Seen} */
  let seen = { end: "waiting", payment: null, demo: false };
  /** @type {string | null} */
  let etag = null;
  let askedDemo = false;

  // The clock of a phone may be set back meanwhile, and the other one stands still while the phone sleeps.
  const [before, wall, steady] = [Math.max(0, Date.now() - began), Date.now(), performance.now()];
  const passedS = () => (before + Math.max(Date.now() - wall, performance.now() - steady)) / 1000;

  async function ask() {
    const answer = await call("GET", `/transactions/transactions/${id}/`, {
      headers: etag ? { "If-None-Match": etag } : {},
      signal: leaving.signal,
    });
    if (answer.status === 304) return;
    etag = answer.etag;
    seen = { ...seen, payment: answer.data, end: ENDS.has(answer.data.status) ? answer.data.status : "waiting" };
    tell(seen);
  }

  async function completeDemo() {
    await call("POST", `/demo/transactions/${id}/complete/`, { signal: leaving.signal });
    askedDemo = true;
    seen = { ...seen, demo: true };
    await ask();
  }

  async function go() {
    let pause = FIRST_MS;
    while (!leaving.signal.aborted) {
      await visible(leaving.signal);
      try {
        await ask();
        if (seen.end === "waiting" && !askedDemo && rules.demoAfterS !== null && passedS() >= rules.demoAfterS) await completeDemo();
      } catch (error) {
        if (leaving.signal.aborted) return;
        ignoreForNow(error); // Who is signed out or locked is told elsewhere; all else may be right the next time.
      }
      if (seen.end !== "waiting") return;
      if (passedS() >= rules.giveUpS) return tell({ ...seen, end: "still" });
      await sleep(Math.min(pause, untilNext(rules, passedS())), leaving.signal);
      pause = Math.min(pause * GROWTH, LONGEST_MS);
    }
  }

  go();
  return () => leaving.abort();
}

/**
 * Milliseconds until something is to be done at a certain time.
 * @param {Rules} rules
 * @param {number} passedS
 */
function untilNext({ giveUpS, demoAfterS }, passedS) {
  const ahead = [giveUpS, demoAfterS ?? 0].filter((at) => at > passedS);
  return Math.min(...ahead.map((at) => at - passedS)) * 1000 + 50;
}

/** When this payment was first watched, also before a reload. @param {string} id */
function beginning(id) {
  const name = `flash.approval.${id}`;
  const before = Number(sessionStorage.getItem(name));
  if (before) return before;
  sessionStorage.setItem(name, String(Date.now()));
  return Date.now();
}

/** @param {AbortSignal} leaving @returns {Promise<void>} */
function visible(leaving) {
  if (!document.hidden) return Promise.resolve();
  return new Promise((resolve) => {
    const look = () => {
      if (document.hidden && !leaving.aborted) return;
      document.removeEventListener("visibilitychange", look);
      resolve();
    };
    document.addEventListener("visibilitychange", look);
    leaving.addEventListener("abort", look, { once: true });
  });
}

/** @param {number} ms @param {AbortSignal} leaving @returns {Promise<void>} */
function sleep(ms, leaving) {
  return new Promise((resolve) => {
    const wake = () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", wake);
      resolve();
    };
    const timer = setTimeout(wake, ms);
    // Whoever comes back to the page wants to know at once.
    document.addEventListener("visibilitychange", wake);
    leaving.addEventListener("abort", wake, { once: true });
  });
}
