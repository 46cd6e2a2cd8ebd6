// Icons, as lines in a box of 24 by 24. They say nothing that the text beside them does not.

import { html } from "./html.js";

/** @type {Record<string, string>} */
const LINES = {
  back: "M15 5l-7 7 7 7",
  on: "M9 5l7 7-7 7",
  home: "M4 11l8-7 8 7v9h-6v-6h-4v6H4z",
  activity: "M4 6h16M4 12h16M4 18h10",
  scan: "M4 8V4h4M16 4h4v4M20 16v4h-4M8 20H4v-4M4 12h16",
  person: "M12 12a4 4 0 100-8 4 4 0 000 8zM4 21c0-4 4-6 8-6s8 2 8 6",
  send: "M5 19L19 5M9 5h10v10",
  request: "M19 5L5 19M15 19H5V9",
  code: "M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h2v2h-2zM18 18h2v2h-2zM18 14h2M14 18v2",
  people: "M9 11a3.5 3.5 0 100-7 3.5 3.5 0 000 7zM2 20c0-4 3-6 7-6s7 2 7 6M16 4.5a3.5 3.5 0 010 6.5M18 14.5c2.5.7 4 2.5 4 5.5",
  lock: "M6 11h12v9H6zM8 11V8a4 4 0 018 0v3",
  gift: "M4 10h16v10H4zM3 7h18v3H3zM12 7v13M12 7S8 7 8 4.5 12 4 12 7zM12 7s4 0 4-2.5S12 4 12 7z",
  help: "M12 21a9 9 0 100-18 9 9 0 000 18zM9.5 9.5a2.5 2.5 0 115 0c0 2-2.5 2-2.5 4M12 17v.01",
  check: "M5 13l4 4L19 7",
  cross: "M6 6l12 12M18 6L6 18",
  clock: "M12 21a9 9 0 100-18 9 9 0 000 18zM12 7v5l3 2",
  phone: "M7 3h10v18H7zM11 18h2",
  share: "M12 15V4M8 8l4-4 4 4M5 13v7h14v-7",
  file: "M6 3h8l4 4v14H6zM14 3v4h4",
  language: "M12 21a9 9 0 100-18 9 9 0 000 18zM3 12h18M12 3c3 3 3 15 0 18M12 3c-3 3-3 15 0 18",
};

/** @param {{ name: string }} props */
export const Icon = ({ name }) => html`
  <svg class="icon" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" focusable="false">
    <path d=${LINES[name]} fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" />
  </svg>`;
