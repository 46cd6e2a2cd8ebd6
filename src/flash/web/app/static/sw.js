// The service worker: keeps the shell of the app, so that it opens without a network, and shows what is pushed.
// It never touches the API: what is known of money is kept by the page, and only for whoever is signed in.

const VERSION = "%version%";
const FILES = %files%;
const OWN = `flash-${VERSION}`;
const SHELL = "/";
const OURS = "/app/";

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(OWN).then((cache) => cache.addAll(FILES)));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(forgetOthers().then(() => self.clients.claim()));
});

self.addEventListener("message", (event) => {
  if (event.data === "take over") self.skipWaiting();
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  const shell = request.mode === "navigate" && pathname === SHELL;
  if (shell || pathname.startsWith(OURS)) event.respondWith(kept(shell ? SHELL : request));
});

self.addEventListener("push", (event) => {
  const told = event.data ? event.data.json() : {};
  if (!told.title) return;
  // The same message pushed twice has the same tag, and takes the place of the first.
  const options = { body: told.body, tag: told.id, data: { url: told.url }, icon: `${OURS}${VERSION}/icons/icon-192.png` };
  event.waitUntil(self.registration.showNotification(told.title, options));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(show(event.notification.data.url || SHELL));
});

async function kept(request) {
  const found = await caches.match(request);
  if (found) return found;
  const answer = await fetch(request);
  if (answer.ok) await (await caches.open(OWN)).put(request, answer.clone());
  return answer;
}

async function forgetOthers() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith("flash-") && name !== OWN).map((name) => caches.delete(name)));
}

async function show(url) {
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const there = pages.find((page) => new URL(page.url).origin === self.location.origin);
  if (!there) return self.clients.openWindow(url);
  await there.focus();
  there.postMessage({ open: url });
}
