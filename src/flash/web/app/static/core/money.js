// Amounts and numbers as people write and read them. The service decides; this is so that nobody has to wait for it.

/** @param {string} text an amount of the service, like "1234.50" */
export function kwacha(text) {
  const [whole, part] = text.split(".");
  return `K${whole.replace(/\B(?=(\d{3})+(?!\d))/g, ",")}.${part}`;
}

/**
 * Read what a person typed as an amount.
 * @param {string} text
 * @returns {string | null} like "1234.50"; null when it is none
 */
export function amountIn(text) {
  const found = /^(?:K|ZMW)?\s*(\d{1,7}|\d{1,3}(?:,\d{3})+)(?:\.(\d{1,2}))?$/i.exec(text.trim());
  if (!found) return null;
  const whole = found[1].replaceAll(",", "").replace(/^0+(?=\d)/, "");
  const amount = `${whole}.${(found[2] ?? "").padEnd(2, "0")}`;
  return Number(amount) > 0 ? amount : null;
}

/**
 * Compare two amounts without counting in fractions.
 * @param {string} one
 * @param {string} other
 */
export const exceeds = (one, other) => ngwee(one) > ngwee(other);

/** @param {string} amount */
const ngwee = (amount) => BigInt(amount.replace(".", ""));

/** @param {string} left @param {string} right */
export function minus(left, right) {
  const rest = ngwee(left) - ngwee(right);
  const digits = String(rest < 0n ? 0n : rest).padStart(3, "0");
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** @param {string} phone in E.164, like +260960000001 */
export function spoken(phone) {
  const found = /^\+260(\d{2})(\d{3})(\d{4})$/.exec(phone);
  return found ? `0${found[1]} ${found[2]} ${found[3]}` : phone;
}

/** Whether this may be a number in Zambia, however it is written. @param {string} text */
export const mayBePhone = (text) => /^(?:(?:\+|00)?260|0)?[579]\d{8}$/.test(text.replace(/[\s().-]/g, ""));

const MOMENT = new Intl.DateTimeFormat("en-ZM", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hour12: false, timeZone: "Africa/Lusaka" });
const DAY = new Intl.DateTimeFormat("en-ZM", { day: "numeric", month: "short", year: "numeric", timeZone: "Africa/Lusaka" });
const MONTH = new Intl.DateTimeFormat("en-ZM", { month: "long", year: "numeric", timeZone: "UTC" });

/** @param {string} instant */
export const moment = (instant) => MOMENT.format(new Date(instant));
/** @param {string} instant */
export const day = (instant) => DAY.format(new Date(instant));
/** @param {string} month like 2026-11 */
export const monthName = (month) => MONTH.format(new Date(`${month}-01T00:00:00Z`));
