// The service worker: started after the first screen is there, and replaced when whoever uses the app says so.

import { signal } from "../vendor/signals.js";

/** What loads the version that is there since; null while there is none. @type {import("../vendor/signals.js").Signal<(() => void) | null>} */
export const released = signal(null);

/** The registration, for whoever wants to push; null where there is none. @type {Promise<ServiceWorkerRegistration> | null} */
export let registration = null;

/** Start it. In the phone's own app there is none: its files are on the phone. */
export function start() {
  const { serviceWorker } = navigator;
  if (!serviceWorker || !document.querySelector('link[rel="manifest"]') || !location.protocol.startsWith("http")) return;
  const other = serviceWorker.controller !== null;
  let asked = false;
  registration = serviceWorker.register("/sw.js");
  registration.then((found) => {
    const offer = (/** @type {ServiceWorker} */ next) => {
      if (!other) return;
      released.value = () => {
        asked = true;
        next.postMessage("take over");
      };
    };
    if (found.waiting) offer(found.waiting);
    found.addEventListener("updatefound", () => {
      const next = found.installing;
      next?.addEventListener("statechange", () => next.state === "installed" && offer(next));
    });
  });
  serviceWorker.addEventListener("controllerchange", () => asked && location.reload());
}
