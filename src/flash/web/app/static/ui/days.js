// Days as the calendar in Zambia has them, like 2026-11-23.

import { day } from "../core/money.js";
import { say } from "../words/say.js";

const DAY_MS = 86_400_000;
const ISO = new Intl.DateTimeFormat("en-CA", { timeZone: "Africa/Lusaka", year: "numeric", month: "2-digit", day: "2-digit" });

/** @param {string | number} instant */
export const dayOf = (instant) => ISO.format(new Date(instant));
export const today = () => dayOf(Date.now());
export const monthBegan = () => `${today().slice(0, 7)}-01`;

/** The day of an instant in a heading. @param {string} instant */
export function dayName(instant) {
  const there = dayOf(instant);
  if (there === today()) return say("Today");
  return there === dayOf(Date.now() - DAY_MS) ? say("Yesterday") : day(instant);
}

/**
 * Rows that were made on the same day, together; they stay in their order.
 * @template {{ created_at: string }} T
 * @param {T[]} rows
 * @returns {[string, T[]][]}
 */
export function byDay(rows) {
  /** @type {Map<string, T[]>} */
  const days = new Map();
  for (const row of rows) {
    const there = dayOf(row.created_at);
    days.set(there, [...(days.get(there) ?? []), row]);
  }
  return [...days];
}

/** How long something lasts still. @param {string} instant */
export function timeLeft(instant) {
  const left = (Date.parse(instant) - Date.now()) / 3_600_000;
  const hours = Math.round(left);
  if (left < 0) return say("It has expired.");
  if (left < 1) return say("It expires in less than an hour.");
  if (hours < 2) return say("It expires in an hour.");
  if (hours < 48) return say("It expires in {hours} hours.", { hours });
  return say("It expires in {days} days.", { days: Math.round(hours / 24) });
}
