/* npm mtn-momo on the stand-in, at its root for the sandbox and for Zambia. Told as in trial.py. */

import { randomUUID } from "node:crypto";
import { createRequire } from "node:module";

const url = process.env.STAND_IN_URL;
// The library is in the folder that this runs in, not beside this file.
const require = createRequire(`${process.cwd()}/`);
const momo = require("mtn-momo");

const sandbox = Object.fromEntries(
  [499, ...Array.from({ length: 15 }, (_, more) => 450 + more)].map((ending) => [ending, `46733123${ending}`]),
);
const zambia = (endings) => Object.fromEntries(endings.map((ending) => [ending, `260960000${ending}`]));

function tell(line) {
  console.log(JSON.stringify(line));
}

function report(operation, saw) {
  tell({ operation, saw });
}

async function control(path, body) {
  const sent = body && { method: "POST", body: JSON.stringify(body) };
  return (await fetch(`${url}/control/${path}`, sent)).json();
}

/* The library makes one class of error for each of MTN's words, and keeps the word itself only in a transaction. */
function wordOf(error) {
  const known = Object.values(momo.FailureReason).find(
    (word) => momo.getError(word).constructor === error.constructor,
  );
  return known ?? error.transaction?.reason ?? error.message;
}

async function refusal(promise) {
  return promise.then(
    () => "not refused",
    (error) => wordOf(error),
  );
}

async function ask(client, reference) {
  try {
    return await client.getTransaction(reference);
  } catch (error) {
    if (!error.transaction) throw error;
    return { ...error.transaction, reason: wordOf(error) };
  }
}

function describe({ amount, currency, payer, payee, externalId, financialTransactionId }) {
  const known = financialTransactionId ? "has MTN's id" : "no id of MTN's";
  return `${amount} ${currency}, ${(payer ?? payee).partyId}, ${externalId}, ${known}`;
}

function describeUser(user, key) {
  const version = /^[0-9a-f]{8}-[0-9a-f]{4}-([1-8])[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/.exec(user)?.[1];
  return `UUID ${version}, ${/^[0-9a-f]{32}$/.test(key) ? "32 hex digits" : key}`;
}

async function tryOrders(kind, cases, client, order) {
  const references = {};
  for (const [name, number] of Object.entries(cases)) references[name] = await order(number);
  const look = async () => {
    const seen = [];
    for (const [name, reference] of Object.entries(references)) seen.push([name, await ask(client, reference)]);
    return seen;
  };
  const named = (seen, status) => seen.filter(([, transaction]) => transaction.status === status);
  const first = await look();
  await control("clock", { advance_s: 60 });
  const later = await look();
  const pending = named(later, "PENDING").map(([name]) => name);
  report(`${kind}, pending`, `${named(first, "PENDING").length} at first, later ${pending.join(" and ")}`);
  const told = (status, what) => Object.fromEntries(named(later, status).map(([name, each]) => [name, what(each)]));
  report(`${kind}, successful`, told("SUCCESSFUL", describe));
  report(`${kind}, failed`, told("FAILED", (transaction) => transaction.reason));
}

async function tryBoth(place, collections, disbursements, currency, payers, payees) {
  const money = { amount: "10.00", currency, payerMessage: "Rent", payeeNote: "Rent" };
  const party = (number) => ({ partyIdType: "MSISDN", partyId: number });
  await tryOrders(`${place}request to pay`, payers, collections, (number) =>
    collections.requestToPay({ ...money, externalId: `order-${number}`, payer: party(number) }),
  );
  const transfer = (number, referenceId = randomUUID()) =>
    disbursements.transfer({ ...money, externalId: `order-${number}`, payee: party(number), referenceId });
  await tryOrders(`${place}transfer`, payees, disbursements, (number) => transfer(number));
  return transfer;
}

/* Collections give MTN's answer as it is, disbursements only what is in it. */
async function check(client, number) {
  const told = await client.isPayerActive(number);
  return (told.result ?? told) ? "active" : "not active";
}

async function balances(clients) {
  const held = {};
  for (const [name, client] of Object.entries(clients)) held[name] = await client.getBalance();
  return held;
}

function describeChange(before, after) {
  const change = Number(after.availableBalance) - Number(before.availableBalance);
  return `${change < 0 ? "" : "+"}${change.toFixed(2)} ${after.currency}`;
}

async function trySandbox(keys) {
  const product = momo.create({ callbackHost: "localhost", baseUrl: url });
  const users = product.Users({ primaryKey: keys.MTN_COLLECTIONS_PRIMARY_KEY });
  const userId = await users.create("localhost");
  const { apiKey: userSecret } = await users.login(userId);
  report("API user, API key", describeUser(userId, userSecret));
  const clients = {
    collection: product.Collections({ primaryKey: keys.MTN_COLLECTIONS_PRIMARY_KEY, userId, userSecret }),
    disbursement: product.Disbursements({ primaryKey: keys.MTN_DISBURSEMENTS_PRIMARY_KEY, userId, userSecret }),
  };
  for (const [name, client] of Object.entries(clients)) {
    const checked = {};
    for (let ending = 450; ending < 458; ending++) {
      checked[ending] = await check(client, sandbox[ending]).catch(wordOf);
    }
    report(`active check, ${name}`, checked);
  }
  const before = await balances(clients);
  const transfer = await tryBoth("", clients.collection, clients.disbursement, "EUR", sandbox, sandbox);
  const after = await balances(clients);
  const changes = Object.keys(clients).map((name) => [name, describeChange(before[name], after[name])]);
  report("balance", Object.fromEntries(changes));
  const reference = await transfer(sandbox[499]);
  report("reference used twice", await refusal(transfer(sandbox[499], reference)));
  report("reference unknown", await refusal(clients.collection.getTransaction(randomUUID())));
}

async function tryZambia(keys) {
  // The library names only sandbox and production, which MTN does not know; it sends whatever word it is given.
  const product = momo.create({ callbackHost: "localhost", baseUrl: url, environment: "mtnzambia" });
  const user = { userId: keys.MTN_USER_ID, userSecret: keys.MTN_API_KEY };
  const collections = product.Collections({ primaryKey: keys.MTN_COLLECTIONS_PRIMARY_KEY, ...user });
  const disbursements = product.Disbursements({ primaryKey: keys.MTN_DISBURSEMENTS_PRIMARY_KEY, ...user });
  const [payers, payees] = [zambia(["000", "062", "081"]), zambia(["000", "074", "081"])];
  await tryBoth("Zambia ", collections, disbursements, "ZMW", payers, payees);
}

tell({ version: require("mtn-momo/package.json").version });
for (const operation of ["API user read back", "refund, pending", "refund, successful", "refund, failed"]) {
  tell({ operation, lacks: "the library has none" });
}
tell({ operation: "token", lacks: "the library fetches one inside every call, and shows none" });
const keys = await control("credentials");
await trySandbox(keys);
await tryZambia(keys);
