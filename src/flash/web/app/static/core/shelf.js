// What this phone keeps while the app is closed: the last known data, and sends that were not answered yet (IndexedDB).

const NAME = "flash";
const SENDS = "sends";
const KNOWN = "known";

/** @type {Promise<IDBDatabase> | null} */
let opening = null;

/** @param {string} name */
export const known = async (name) => (await done((await shelf(KNOWN)).get(name)))?.data ?? null;

/**
 * @param {string} name
 * @param {unknown} data
 */
export const keep = async (name, data) => done((await shelf(KNOWN, "readwrite")).put({ name, data }));

/** Forget what was known of whoever was signed in. Their sends stay: they may have been heard. */
export const forgetKnown = async () => done((await shelf(KNOWN, "readwrite")).clear());

/** @returns {Promise<import("./sends.js").Send[]>} */
export const keptSends = async () => done((await shelf(SENDS)).getAll());

/** @param {import("./sends.js").Send} send */
export const keepSend = async (send) => done((await shelf(SENDS, "readwrite")).put(send));

/** @param {string} key */
export const dropSend = async (key) => done((await shelf(SENDS, "readwrite")).delete(key));

/**
 * @param {string} name
 * @param {IDBTransactionMode} [mode]
 */
async function shelf(name, mode = "readonly") {
  opening ??= open();
  return (await opening).transaction(name, mode, { durability: "strict" }).objectStore(name);
}

/** @returns {Promise<IDBDatabase>} */
function open() {
  const request = indexedDB.open(NAME, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore(SENDS, { keyPath: "key" });
    request.result.createObjectStore(KNOWN, { keyPath: "name" });
  };
  return done(request);
}

/**
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
function done(request) {
  return new Promise((resolve, reject) => {
    request.onerror = () => reject(request.error);
    // What was written counts once its transaction is through, not before.
    request.onsuccess = () => {
      const { transaction } = request;
      if (!transaction || transaction.mode === "readonly") resolve(request.result);
      else transaction.oncomplete = () => resolve(request.result);
    };
  });
}
