// Who is using the app. The sign-in itself is a cookie that no script can read; what proves that calls come from this page
// is kept in memory only.

import { batch, computed, signal } from "../vendor/signals.js";
import { language, speak } from "../words/say.js";
import { Refused, call, csrf, get, ignoreForNow, lockedElsewhere, post, signedOutElsewhere, somebodyElse, whose } from "./api.js";
import { forgetKnown, keep, known } from "./shelf.js";

/** @typedef {{ id: string, phone_number: string, full_name: string, email: string, kyc_tier: number }} User */
/**
 * @typedef {object} Config what the service says of itself
 * @property {boolean} demo
 * @property {number | null} demo_complete_after_s
 * @property {number} give_up_after_s
 * @property {string} currency
 * @property {string | null} pin_above
 * @property {string | null} push_public_key
 * @property {{ operator: string, brand: string, served: boolean, prefixes: string[], least: string | null, most: string | null, ussd: string | null }[]} operators
 */

const ACTIVE = "flash.active";
/** Says that the app was shut, although the service may not have heard of it. */
const SHUT = "flash.shut";
/** Whose the cookie is, for the other pages of this browser. */
const WHO = "flash.who";
const LOOK_MS = 15_000;
/** Minutes, until the person's own setting is known. */
const USUAL_LOCK = 5;

/** @type {import("../vendor/signals.js").Signal<User | null>} */
export const user = signal(null);
export const hasPin = signal(false);
export const locked = signal(false);
/** Whether the service has told who is here; until then the last known person is shown, and nothing can be done. */
export const sure = signal(false);
/** What to tell whoever is not signed in any more. */
export const notice = signal("");
/** @type {import("../vendor/signals.js").Signal<Config | null>} */
export const config = signal(null);
/** Minutes without a touch until the app locks itself; 0 for never. */
export const lockAfter = signal(USUAL_LOCK);
export const signedIn = computed(() => user.value !== null || locked.value);

/** Find out who is here. */
export async function start() {
  lockedElsewhere.subscribe((times) => times > 0 && shut());
  signedOutElsewhere.subscribe((times) => times > 0 && csrf.peek() !== "" && leave("You were signed out on this phone."));
  somebodyElse.subscribe((times) => times > 0 && learnSession());
  watchForIdleness();
  watchOtherPages();
  config.value = await known("config");
  lockAfter.value = (await known("lock_after")) ?? USUAL_LOCK;
  const asked = Promise.all([learnSession(), learnConfig()]);
  const last = await known("user");
  if (last && localStorage.getItem(SHUT) === null && idleFor() < idleLimit()) {
    whose.value = last.id;
    user.value = last;
  }
  await asked;
}

/** Ask the service who is here. Without an answer, what was known before stands. */
export async function learnSession() {
  const shutBefore = localStorage.getItem(SHUT) !== null || idleFor() >= idleLimit();
  try {
    const told = await get("/auth/session/");
    if (shutBefore && !told.locked) {
      csrf.value = told.csrf_token;
      hasPin.value = told.has_pin;
      sure.value = true;
      await lock();
    } else await enter(told);
  } catch (error) {
    if (error instanceof Refused && error.status === 401) await leave("");
    else ignoreForNow(error);
  }
}

/** Learn what the service says of itself; without an answer, what it said before stands. */
export async function learnConfig() {
  try {
    config.value = await get("/config/");
    await keep("config", config.value);
  } catch (error) {
    ignoreForNow(error);
  }
}

/**
 * @param {string} phone
 * @param {string} password
 */
export const signIn = async (phone, password) =>
  enter(await post("/auth/login/", { phone_number: phone, password }, { "Flash-Session": "cookie" }));

/** @param {{ phone_number: string, password: string, password_confirm: string, full_name: string }} wish */
export const register = async (wish) => enter(await post("/auth/register/", wish, { "Flash-Session": "cookie" }));

/** Sign out here, and forget what this phone knew. Without a network the cookie stays, so that this says so. */
export async function signOut() {
  await call("POST", "/auth/logout/");
  await leave("");
}

/** Lock the app, here and at the service. */
export async function lock() {
  shut();
  try {
    await call("POST", "/auth/lock/");
  } catch (error) {
    ignoreForNow(error); // It stays shut on this screen; the service is told when it is reached again.
  }
}

/** @param {{ pin: string } | { password: string }} proof */
export async function unlock(proof) {
  const told = await post("/auth/unlock/", proof);
  localStorage.removeItem(SHUT);
  await enter(told);
}

/** @param {{ csrf_token: string, user: User | null, has_pin: boolean, locked: boolean }} told */
async function enter(told) {
  touched();
  if (!told.locked) localStorage.removeItem(SHUT);
  if (told.user && (await known("user"))?.id !== told.user.id) await forgetAllButConfig();
  if (told.user) localStorage.setItem(WHO, told.user.id);
  batch(() => {
    csrf.value = told.csrf_token;
    whose.value = told.user?.id ?? "";
    hasPin.value = told.has_pin;
    locked.value = told.locked;
    user.value = told.user;
    sure.value = true;
    notice.value = "";
  });
  if (told.user) await keep("user", told.user);
  if (told.user && !told.locked) learnSettings();
}

/** What the person wants of the app on every phone: the language, and when it locks. */
async function learnSettings() {
  const owner = user.peek()?.id;
  try {
    const [settings, profile] = await Promise.all([get("/auth/security-settings/"), get("/auth/profile/")]);
    if (user.peek()?.id !== owner) return; // Who wanted it so has left meanwhile.
    lockAfter.value = settings.auto_lock_enabled ? settings.auto_lock_time : 0;
    await keep("lock_after", lockAfter.value);
    if (profile.language && profile.language !== language.peek()) await speak(profile.language);
  } catch (error) {
    ignoreForNow(error);
  }
}

/** @param {string} why */
async function leave(why) {
  localStorage.removeItem(SHUT);
  localStorage.removeItem(WHO);
  csrf.value = "";
  try {
    await forgetAllButConfig();
  } finally {
    // At last, so that whoever waits for this can name the next screen before one is drawn: drawn twice, it would lose the focus.
    batch(() => {
      whose.value = "";
      user.value = null;
      locked.value = false;
      sure.value = true;
      notice.value = why;
    });
  }
}

function shut() {
  localStorage.setItem(SHUT, "1");
  batch(() => {
    locked.value = true;
    user.value = null;
  });
}

async function forgetAllButConfig() {
  await forgetKnown();
  await keep("config", config.peek());
}

function watchForIdleness() {
  for (const what of ["pointerdown", "keydown"]) addEventListener(what, touched, { passive: true, capture: true });
  const look = () => {
    if (user.peek() && csrf.peek() && idleFor() >= idleLimit()) lock();
  };
  setInterval(look, LOOK_MS);
  document.addEventListener("visibilitychange", look);
}

/** All pages of a browser have one cookie: who signs in, leaves, locks or unlocks in one of them does so in all. */
function watchOtherPages() {
  addEventListener("storage", ({ key, newValue }) => {
    if (key === SHUT && newValue !== null) shut();
    else if (key === SHUT || key === WHO) learnSession();
  });
}

const touched = () => localStorage.setItem(ACTIVE, String(Date.now()));
const idleFor = () => Date.now() - Number(localStorage.getItem(ACTIVE) ?? 0);
const idleLimit = () => (lockAfter.peek() || Infinity) * 60_000;
