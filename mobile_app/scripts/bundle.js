// Puts the web app into www/, as a phone carries it: for one API, with what differs from a browser.

import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { HERE, environment, giveUp, option, run } from "./shared.js";

const START = '<script type="module" src="./main.js">';

export function bundle(variant) {
  const { API_URL } = environment(variant);
  const python = process.env.PYTHON ?? join(HERE, "..", ".venv", "bin", "python");
  if (!existsSync(python)) giveUp("There is no Python environment of Flash: make .venv/ready-any in the folder above, or set PYTHON.");
  const www = join(HERE, "www");
  rmSync(www, { recursive: true, force: true });
  run(python, ["-m", "flash.web.app", "www", "--api-url", API_URL]);
  copyFileSync(join(HERE, "native", "native.js"), join(www, "native.js"));
  const page = readFileSync(join(www, "index.html"), "utf8");
  if (page.split(START).length !== 2) giveUp("The page of the web app does not start as it did: look at scripts/bundle.js.");
  writeFileSync(join(www, "index.html"), page.replace(START, `<script type="module" src="./native.js"></script>\n${START}`));
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) bundle(option("variant", "release"));
