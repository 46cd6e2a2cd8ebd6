// npm run sync:ios: everything up to the point where Xcode takes over.

import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { bundle } from "./bundle.js";
import { HERE, environment, option, sync, version } from "./shared.js";

const variant = option("variant", "release");
const { name, code } = version();
const host = new URL(environment(variant).API_URL).host;
bundle(variant);
const lines = [`MARKETING_VERSION = ${name}`, `CURRENT_PROJECT_VERSION = ${code}`, `FLASH_LINK_HOST = ${host}`, ""];
writeFileSync(join(HERE, "ios", "version.xcconfig"), lines.join("\n"));
sync("ios");
console.log(`Flash ${name} (${code}) is ready for Xcode: npx cap open ios`);
