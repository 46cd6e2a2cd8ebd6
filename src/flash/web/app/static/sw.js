// The service worker: keeps the shell of the app, so that it opens without a network, and shows what is pushed.
// It never touches the API: what is known of money is kept by the page, and only for whoever is signed in.

const VERSION = "%version%";
const FILES = %files%;
const OWN = `flash-${VERSION}`;
const SHELL = "/";
const OURS = "/app/";

self.addEventListener("install", (event) => {
  event.waitUntil(Promise.all(FILES.map(keepOurs)));
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
  event.waitUntil(show(page(event.notification.data.url)));
});

/** While a release goes on, the other version may answer: then this one is not installed, and the browser tries again. */
async function keepOurs(path) {
  const answer = await fetch(path);
  const ours = path === SHELL ? (await answer.clone().text()).includes(`${OURS}${VERSION}/`) : isOfItsVersion(answer);
  if (!answer.ok || !ours) throw new TypeError(`${path} is not of this version`);
  await (await caches.open(OWN)).put(path, answer);
}

async function kept(request) {
  const cache = await caches.open(OWN);
  const found = await cache.match(request);
  if (found) return found;
  const answer = await fetch(request);
  // A phone that is full keeps nothing, and shows it all the same.
  if (answer.ok && isOfItsVersion(answer)) await cache.put(request, answer.clone()).catch(() => undefined);
  return answer;
}

/** The service says that nobody may keep what has another version than its address names. */
const isOfItsVersion = (answer) => !/no-store/.test(answer.headers.get("Cache-Control"));

async function forgetOthers() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith("flash-") && name !== OWN).map((name) => caches.delete(name)));
}

/** What a hint leads to is a screen of ours, whatever it says. */
function page(url) {
  const { origin, hash } = new URL(url || SHELL, self.location.origin);
  return origin === self.location.origin ? SHELL + hash : SHELL;
}

async function show(url) {
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  // The origin has other pages, which open nothing.
  const there = pages.find((one) => one.url.startsWith(self.location.origin) && new URL(one.url).pathname === SHELL);
  if (!there) return self.clients.openWindow(url);
  await there.focus();
  there.postMessage({ open: url });
}
