// What the scripts share: the environment of a build, the version, and starting programs.

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const HERE = fileURLToPath(new URL("..", import.meta.url));

const NAMES = ["API_URL", "MTN_SANDBOX_MODE", "DEBUG_MODE", "ENVIRONMENT", "ANALYTICS_ENABLED", "SENTRY_DSN"];
const SWITCHES = ["MTN_SANDBOX_MODE", "DEBUG_MODE", "ANALYTICS_ENABLED"];
/** What a release must say; anything else was meant for somebody who tries something. */
const RELEASE = { MTN_SANDBOX_MODE: "false", DEBUG_MODE: "false", ENVIRONMENT: "production" };

/** End with sentences that say what to do. */
export function giveUp(...sentences) {
  console.error(sentences.join("\n"));
  process.exit(1);
}

/** The value of `--name=value`, or what is usual. */
export function option(name, usual) {
  const given = process.argv.slice(2).find((one) => one.startsWith(`--${name}=`));
  return given ? given.slice(name.length + 3) : usual;
}

/** The lines of an environment file; ends with what is wrong with them. */
export function environment(variant) {
  const name = option("env", ".env.production");
  const lines = readFileSync(join(HERE, name), "utf8").split("\n").filter((line) => line.trim() && !line.startsWith("#"));
  const said = Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
  const wrong = problems(said, variant);
  if (wrong.length) giveUp(...wrong.map((one) => `${name}: ${one}`));
  return said;
}

function problems(said, variant) {
  const wrong = [];
  for (const name of NAMES) if (!(name in said)) wrong.push(`${name} is missing.`);
  for (const name of Object.keys(said)) if (!NAMES.includes(name)) wrong.push(`${name} is unknown.`);
  for (const name of SWITCHES) if (name in said && !["true", "false"].includes(said[name])) wrong.push(`${name} must be true or false.`);
  if (!/^https:\/\/[^/\s]+(\/[^\s]*[^/\s])?$/.test(said.API_URL ?? "")) wrong.push("API_URL must be an https:// address without a slash at its end.");
  if (said.SENTRY_DSN) wrong.push("SENTRY_DSN must be empty: nothing in the app would use it.");
  for (const [name, value] of variant === "release" ? Object.entries(RELEASE) : []) {
    if (name in said && said[name] !== value) wrong.push(`${name} must be ${value} in a release.`);
  }
  return wrong;
}

/** The version, and the number that grows with it: stores take no build whose number does not. */
export function version() {
  const { version: name } = JSON.parse(readFileSync(join(HERE, "package.json"), "utf8"));
  const parts = /^(\d+)\.(\d{1,2})\.(\d{1,2})$/.exec(name)?.slice(1).map(Number);
  if (!parts) giveUp(`The version in package.json must be like 1.2.3, and is ${name}.`);
  return { name, code: parts[0] * 10_000 + parts[1] * 100 + parts[2] };
}

/** Run a program and end if it fails. */
export function run(program, args, { cwd = HERE, env = {} } = {}) {
  console.log(`> ${program} ${args.join(" ")}`);
  const { status, error } = spawnSync(program, args, { cwd, stdio: "inherit", env: { ...process.env, ...env } });
  if (error) giveUp(`${program} could not be started: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}

/** Have Capacitor put the bundle and its plugins into a project. */
export function sync(platform) {
  const capacitor = join(HERE, "node_modules", ".bin", "cap");
  if (!existsSync(capacitor)) giveUp("Capacitor is not here: npm ci");
  run(capacitor, ["sync", platform]);
}
