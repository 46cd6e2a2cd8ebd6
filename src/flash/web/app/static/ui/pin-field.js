// The Flash PIN, in front of what is large.

import { say } from "../words/say.js";
import { html } from "./html.js";
import { Secret } from "./parts.js";

/** @param {{ label?: string, name?: string, value: string, onValue: (value: string) => void, [more: string]: any }} props */
export const PinField = ({ label = say("Your Flash PIN"), name = "pin", ...rest }) =>
  html`<${Secret} label=${label} name=${name} inputmode="numeric" maxlength="6" autocomplete="off" ...${rest} />`;
