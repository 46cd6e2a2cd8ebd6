// Calls to the service. An answer is data, a refusal of the service, or no answer: then nobody knows what happened.

import { signal } from "../vendor/signals.js";
import { language, repeat } from "../words/say.js";

/** @typedef {{ status: number, data: any, etag: string | null, replayed: boolean }} Answer */
/**
 * @typedef {object} Wish
 * @property {unknown} [body]
 * @property {Record<string, string>} [headers]
 * @property {AbortSignal} [signal]
 * @property {boolean} [asFile] the answer is a file, and no JSON
 */

const API = document.querySelector('meta[name="flash-api"]')?.getAttribute("content") ?? "/api";
const PATIENCE_MS = 20_000;
const READING = new Set(["GET", "HEAD"]);

/** What proves that a call comes from this page; it is in memory only. */
export const csrf = signal("");
/** The id of whom it is the proof: what they want is done for nobody else. */
export const whose = signal("");
/** Told when another page of this browser has signed somebody else in. */
export const somebodyElse = signal(0);
/** Told when the service says that nobody is signed in here. */
export const signedOutElsewhere = signal(0);
/** Told when the service says that this sign-in is locked. */
export const lockedElsewhere = signal(0);
/** How the last call went, as far as the network goes. */
export const reached = signal(true);

/** The service said no. */
export class Refused extends Error {
  /**
   * @param {number} status
   * @param {{ code?: string, error?: string, [field: string]: unknown }} body
   * @param {number | null} waitS
   */
  constructor(status, body, waitS) {
    super(body.error ?? "");
    this.status = status;
    this.code = body.code ?? "";
    this.body = body;
    this.waitS = waitS;
  }

  /** The sentence in the person's language. */
  get text() {
    return repeat(this.message);
  }
}

/** There was no answer that can be relied on: the wish may have been heard, or not. */
export class NoAnswer extends Error {}

/**
 * Go on without an answer that is asked for again anyway. Mistakes of ours are none of that.
 * @param {unknown} error
 */
export function ignoreForNow(error) {
  if (!(error instanceof NoAnswer || error instanceof Refused)) throw error;
}

/**
 * Call the service.
 * @param {string} method
 * @param {string} path below /api
 * @param {Wish} [wish]
 * @returns {Promise<Answer>}
 * @throws {Refused | NoAnswer}
 */
export async function call(method, path, wish = {}) {
  let answer = await once(method, path, wish);
  if (answer.status === 403 && answer.data?.code === "csrf") {
    // Another page of this browser has signed in since: the proof is another one now, and may be somebody else's.
    const session = await once("GET", "/auth/session/", {});
    if (session.status >= 400) answer = session;
    else if (session.data.user && session.data.user.id !== whose.peek()) somebodyElse.value += 1;
    else {
      csrf.value = session.data.csrf_token;
      answer = await once(method, path, wish);
    }
  }
  if (answer.status < 400) return answer;
  const refusal = new Refused(answer.status, answer.data, answer.waitS);
  if (refusal.status === 401 && path !== "/auth/session/") signedOutElsewhere.value += 1;
  if (refusal.code === "session_locked") lockedElsewhere.value += 1;
  throw refusal;
}

/**
 * @param {string} path
 * @param {Wish} [wish]
 */
export const get = async (path, wish) => (await call("GET", path, wish)).data;
/**
 * @param {string} path
 * @param {unknown} [body]
 * @param {Record<string, string>} [headers]
 */
export const post = async (path, body, headers) => (await call("POST", path, { body, headers })).data;

/**
 * @param {string} method
 * @param {string} path
 * @param {Wish} wish
 * @returns {Promise<Answer & { waitS: number | null }>}
 */
async function once(method, path, { body, headers = {}, signal: given, asFile }) {
  const patience = AbortSignal.timeout(PATIENCE_MS);
  /** @type {Record<string, string>} */
  const sent = { Accept: asFile ? "*/*" : "application/json", "Accept-Language": language.value, ...headers };
  if (body !== undefined) sent["Content-Type"] = "application/json";
  if (!READING.has(method) && csrf.value) sent["Flash-Csrf"] = csrf.value;
  try {
    const response = await fetch(API + path, {
      method,
      headers: sent,
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: "same-origin",
      cache: "no-store",
      signal: given ? either(given, patience) : patience,
    });
    const data = await read(response, asFile);
    reached.value = true;
    return {
      status: response.status,
      data,
      etag: response.headers.get("ETag"),
      replayed: response.headers.get("Idempotency-Replayed") === "true",
      waitS: Number(response.headers.get("Retry-After")) || null,
    };
  } catch (error) {
    if (given?.aborted) throw error;
    if (!(error instanceof NoAnswer)) reached.value = false;
    throw new NoAnswer("no answer", { cause: error });
  }
}

/**
 * What AbortSignal.any does where there is one: phones of before 2024 have none.
 * @param {AbortSignal} one
 * @param {AbortSignal} other
 */
function either(one, other) {
  const both = new AbortController();
  for (const signal of [one, other]) {
    if (signal.aborted) both.abort(signal.reason);
    signal.addEventListener("abort", () => both.abort(signal.reason), { once: true });
  }
  return both.signal;
}

/**
 * @param {Response} response
 * @param {boolean} [asFile]
 */
async function read(response, asFile) {
  if (response.status === 304) return null;
  if (asFile && response.ok) return response.blob();
  const data = await response.json();
  // What stands between us and the service has pages of its own; only the service's own refusals mean something.
  if (!response.ok && typeof data?.code !== "string") throw new NoAnswer(`status ${response.status}`);
  return data;
}
