// Copies the libraries of the web app from node_modules to where it is served from, with their licences, and writes down
// what they are. npm has held them against the checksums in package-lock.json. Browsers know no bare names, so that the
// imports are made relative; nothing else is changed.

import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";

const TARGET = new URL("../../src/flash/web/app/static/vendor/", import.meta.url);
const MODULES = new URL("./node_modules/", import.meta.url);

/** Our name, the package, the file in it, the package's licence, and where its types are. */
const FILES = [
  ["preact.js", "preact", "dist/preact.mjs", "LICENSE", "preact"],
  ["hooks.js", "preact", "hooks/dist/hooks.mjs", "LICENSE", "preact/hooks"],
  ["signals-core.js", "@preact/signals-core", "dist/signals-core.mjs", "LICENSE", "@preact/signals-core"],
  ["signals.js", "@preact/signals", "dist/signals.mjs", "LICENSE", "@preact/signals"],
  ["htm.js", "htm", "dist/htm.mjs", "LICENSE", "htm"],
  ["qr.js", "qr", "index.js", "LICENSE-MIT", "qr"],
  ["qr-decode.js", "qr", "decode.js", "LICENSE-MIT", "qr/decode.js"],
];
const IMPORTS = {
  preact: "./preact.js",
  "preact/hooks": "./hooks.js",
  "@preact/signals-core": "./signals-core.js",
  "./index.js": "./qr.js",
};

const lock = JSON.parse(readFileSync(new URL("./package-lock.json", import.meta.url), "utf8")).packages;
const digest = (text) => createHash("sha256").update(text).digest("hex");

rmSync(TARGET, { recursive: true, force: true });
mkdirSync(TARGET, { recursive: true });
const sources = {};
for (const [name, library, path, licence, types] of FILES) {
  const text = readFileSync(new URL(`${library}/${path}`, MODULES), "utf8")
    .replace(/(from\s*)(["'])([^"']+)\2/g, (all, from, quote, bare) =>
      bare in IMPORTS ? `${from}${quote}${IMPORTS[bare]}${quote}` : all,
    )
    .replace(/\n?\/\/# sourceMappingURL=.*\s*$/, "\n");
  const { version, integrity } = lock[`node_modules/${library}`];
  const licenceName = `${library.replace("@", "").replace("/", "-")}.LICENSE`;
  writeFileSync(new URL(name, TARGET), text);
  const standard = types === "htm" || types.startsWith("qr") ? `export { default } from "${types}";\n` : "";
  writeFileSync(new URL(name.replace(".js", ".d.ts"), TARGET), `export * from "${types}";\n${standard}`);
  writeFileSync(new URL(licenceName, TARGET), readFileSync(new URL(`${library}/${licence}`, MODULES)));
  sources[name] = { package: library, version, file: path, integrity, sha256: digest(text), licence: licenceName };
}
writeFileSync(new URL("SOURCES.json", TARGET), `${JSON.stringify(sources, null, 2)}\n`);
