// What a device is, as far as its browser said so.

import { say } from "../words/say.js";

/** The first that fits: what others pretend to be stands last. @type {[RegExp, string][]} */
const BROWSERS = [[/Edg/, "Edge"], [/SamsungBrowser/, "Samsung Internet"], [/OPR|Opera/, "Opera"], [/Firefox|FxiOS/, "Firefox"], [/Chrome|CriOS/, "Chrome"], [/Safari/, "Safari"]];
/** @type {[RegExp, string][]} */
const SYSTEMS = [[/Android/, "Android"], [/iPhone|iPod/, "iPhone"], [/iPad/, "iPad"], [/Windows/, "Windows"], [/Mac OS/, "Mac"], [/CrOS/, "ChromeOS"], [/Linux/, "Linux"]];

/** @param {string} said by the device */
export function deviceName(said) {
  const browser = BROWSERS.find(([mark]) => mark.test(said))?.[1];
  const system = SYSTEMS.find(([mark]) => mark.test(said))?.[1];
  if (browser && system) return say("{browser} on {system}", { browser, system });
  return system ?? (said || say("A device without a name"));
}
