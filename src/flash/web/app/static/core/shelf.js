// What this phone keeps while the app is closed: the last known data, and sends that were not answered yet (IndexedDB).
// Where the phone keeps nothing, because it is full or the window is a private one, it is kept for as long as the page is
// there: nobody's payment waits for room on a phone.

const NAME = "flash";
const SENDS = "sends";
const KNOWN = "known";
const TRIES = 2;

/** @type {Promise<IDBDatabase> | null} */
let opening = null;
/** What the phone did not take, by shelf and name; null for what it did not forget. @type {Record<string, Map<string, any>>} */
const untaken = { [SENDS]: new Map(), [KNOWN]: new Map() };

/** @param {string} name */
export async function known(name) {
  if (untaken[KNOWN].has(name)) return untaken[KNOWN].get(name)?.data ?? null;
  return (await at(KNOWN, "readonly", (shelf) => shelf.get(name)))?.data ?? null;
}

/**
 * @param {string} name
 * @param {unknown} data
 */
export const keep = (name, data) => put(KNOWN, name, { name, data });

/** Forget what was known of whoever was signed in. Their sends stay: they may have been heard. */
export async function forgetKnown() {
  untaken[KNOWN].clear();
  await at(KNOWN, "readwrite", (shelf) => shelf.clear());
}

/** @returns {Promise<import("./sends.js").Send[]>} */
export async function keptSends() {
  const rows = (await at(SENDS, "readonly", (shelf) => shelf.getAll())) ?? [];
  const taken = rows.filter((/** @type {import("./sends.js").Send} */ { key }) => !untaken[SENDS].has(key));
  return [...taken, ...[...untaken[SENDS].values()].filter((send) => send !== null)];
}

/** @param {import("./sends.js").Send} send */
export const keepSend = (send) => put(SENDS, send.key, send);

/** @param {string} key */
export async function dropSend(key) {
  untaken[SENDS].set(key, null);
  if ((await at(SENDS, "readwrite", (shelf) => shelf.delete(key))) !== null) untaken[SENDS].delete(key);
}

/**
 * @param {string} shelf
 * @param {string} name
 * @param {unknown} row
 */
async function put(shelf, name, row) {
  untaken[shelf].set(name, row);
  if ((await at(shelf, "readwrite", (there) => there.put(row))) !== null && untaken[shelf].get(name) === row) untaken[shelf].delete(name);
}

/**
 * Ask the phone for something, or to keep something.
 * @param {string} name of the shelf
 * @param {IDBTransactionMode} mode
 * @param {(shelf: IDBObjectStore) => IDBRequest} ask
 * @returns {Promise<any>} its answer; null when it can do nothing
 */
async function at(name, mode, ask) {
  for (let left = TRIES; left > 0; left--) {
    try {
      opening ??= open();
      return await done(ask((await opening).transaction(name, mode, { durability: "strict" }).objectStore(name)));
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      // Phones close it while the app sleeps, so that it is opened anew.
      if (error.name !== "QuotaExceededError") opening = null;
    }
  }
  return null;
}

/** @returns {Promise<IDBDatabase>} */
async function open() {
  if (!globalThis.indexedDB) throw new DOMException("there is none", "NotSupportedError");
  const request = indexedDB.open(NAME, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore(SENDS, { keyPath: "key" });
    request.result.createObjectStore(KNOWN, { keyPath: "name" });
  };
  const database = await done(request);
  // A later version of the app must not wait for this page.
  database.onversionchange = () => database.close();
  return database;
}

/**
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
function done(request) {
  return new Promise((resolve, reject) => {
    request.onerror = () => reject(request.error);
    // What was written counts once its transaction is through, not before; a phone that is full ends it instead.
    request.onsuccess = () => {
      const { transaction } = request;
      if (!transaction || transaction.mode === "readonly") return resolve(request.result);
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error ?? new DOMException("not kept", "AbortError"));
    };
  });
}
