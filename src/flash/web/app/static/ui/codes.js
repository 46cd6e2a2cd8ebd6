// What QR codes of Flash say. Nothing in a code is believed but the number and the wish: the service says whose it is.

/**
 * @typedef {{ kind: "pay", to: string, amount: string, note: string, request: string | null }
 *   | { kind: "ask", to: string }
 *   | { kind: "link", secret: string }
 *   | { kind: "check", url: string }} Code
 */

const PHONE = /^\+260\d{9}$/;
const AMOUNT = /^\d{1,7}(\.\d{1,2})?$/;
const ID = /^[0-9a-f-]{36}$/;
const PAY = /^\/pay\/([a-z2-7]{32})\/?$/;
const CHECK = /^\/verify\/[0-9A-Za-z]+$/;

/**
 * @param {string} text of a code
 * @param {string[]} origins where this Flash is
 * @returns {Code | null} null when it is none of ours
 */
export function understood(text, origins) {
  const said = text.trim();
  if (PHONE.test(said)) return { kind: "pay", to: said, amount: "", note: "", request: null };
  if (said.startsWith("{")) return inWords(parsed(said));
  const url = address(said);
  if (!url || !origins.includes(url.origin)) return null;
  const secret = PAY.exec(url.pathname)?.[1];
  if (secret) return { kind: "link", secret };
  return CHECK.test(url.pathname) ? { kind: "check", url: url.href } : null;
}

/** @param {string} text */
function address(text) {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}

/** @param {string} text @returns {Record<string, unknown>} */
function parsed(text) {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}

/** @param {Record<string, unknown>} said @returns {Code | null} */
function inWords(said) {
  const text = (/** @type {string} */ name) => (["string", "number"].includes(typeof said[name]) ? String(said[name]) : "");
  const fit = (/** @type {RegExp} */ form, /** @type {string} */ value) => (form.test(value) ? value : "");
  const amount = fit(AMOUNT, text("amount"));
  if (said.type === "flash_payment_request") {
    const to = fit(PHONE, text("recipient_phone"));
    return to ? { kind: "pay", to, amount, note: text("description").slice(0, 200), request: fit(ID, text("transaction_id")) || null } : null;
  }
  const to = fit(PHONE, text("phone"));
  if (!to) return null;
  if (said.type === "flash_request") return { kind: "ask", to };
  if (said.type !== "flash_payment") return null;
  return { kind: "pay", to, amount, note: text("message").slice(0, 200), request: fit(ID, text("request_id")) || null };
}

/**
 * The code by which somebody is paid, as the service makes it.
 * @param {{ phone_number: string, full_name: string }} payee
 * @param {string} [amount]
 * @param {string} [message]
 * @param {string} [request] whom it asks pays this request by it, instead of paying beside it; other apps pass over it
 */
export const paymentCode = ({ phone_number: phone, full_name: name }, amount, message, request) => JSON.stringify({
  type: "flash_payment",
  phone,
  name: name.slice(0, 40).trimEnd() || phone,
  amount: amount || undefined,
  message: message?.slice(0, 200) || undefined,
  request_id: request,
});
