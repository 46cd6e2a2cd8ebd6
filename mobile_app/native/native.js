// What the phone's own app does otherwise than a browser. It runs before the app, and gets what the phone can from Capacitor.

import { go } from "./core/router.js";

const { App, Filesystem, Share } = window.Capacitor.Plugins;

// Calls leave by the phone itself, because the page's address is none of the service's.

const phoneFetch = window.fetch;

window.fetch = (resource, options = {}) => {
  const headers = new Headers(options.headers);
  // Android's WebView cannot be handed a 304: without this, "nothing new" would look like no network.
  headers.delete("If-None-Match");
  return heeding(options.signal, phoneFetch(resource, { ...options, headers }));
};

/** What the phone sends cannot be called back, but nobody has to wait for its answer. */
function heeding(signal, answer) {
  if (!signal) return answer;
  return new Promise((resolve, reject) => {
    const leave = () => reject(signal.reason);
    if (signal.aborted) leave();
    signal.addEventListener("abort", leave, { once: true });
    answer.then(resolve, reject).finally(() => signal.removeEventListener("abort", leave));
  });
}

// The WebView of Android shares nothing and saves nothing: both are left to the phone.

const base64 = (file) => new Promise((resolve, reject) => {
  const reader = new FileReader();
  reader.onload = () => resolve(String(reader.result).split(",")[1]);
  reader.onerror = () => reject(reader.error);
  reader.readAsDataURL(file);
});

const onPhone = async (file) => (await Filesystem.writeFile({ path: file.name, data: await base64(file), directory: "CACHE" })).uri;

async function share({ title, text, files = [] }) {
  const uris = [];
  for (const file of files) uris.push(await onPhone(file));
  try {
    await Share.share({ title, text, files: uris });
  } catch (error) {
    // Capacitor has no code for it.
    if (/cancel/i.test(error.message)) throw new DOMException(error.message, "AbortError");
    throw error;
  }
}

Object.defineProperties(navigator, { share: { value: share }, canShare: { value: () => true } });
window.flashPhone = {
  save: (file, name) => share({ title: name, files: [new File([file], name, { type: file.type })] }).catch((error) => {
    if (error.name !== "AbortError") throw error;
  }),
};

// The phone's way back, and links of ours that the phone opens with the app. A link is looked at like a code that was scanned.

App.addListener("backButton", ({ canGoBack }) => (canGoBack ? history.back() : App.exitApp()));

let opened = "";
const open = (launched) => {
  if (!launched?.url || launched.url === opened) return;
  opened = launched.url;
  go("scan", { with: { code: opened } });
};
App.addListener("appUrlOpen", open);
App.getLaunchUrl().then(open);
