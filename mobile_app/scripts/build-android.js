// npm run build:android -- --variant=release: everything from the environment to the APK.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { bundle } from "./bundle.js";
import { HERE, giveUp, option, run, sync, version } from "./shared.js";

const SIGNING = ["FLASH_KEYSTORE", "FLASH_KEYSTORE_PASSWORD", "FLASH_KEY_ALIAS", "FLASH_KEY_PASSWORD"];
const ANDROID = join(HERE, "android");

const variant = option("variant", "release");
if (!["release", "debug"].includes(variant)) giveUp("--variant must be release or debug.");
const { name, code } = version();
console.log(`Flash ${name} (${code}), ${variant}`);
bundle(variant);
sync("android");
checkTools();
unpackGradle();
run("./gradlew", [variant === "release" ? "assembleRelease" : "assembleDebug"], { cwd: ANDROID });
const apk = join(ANDROID, "app", "build", "outputs", "apk", variant, `app-${variant}.apk`);
if (!existsSync(apk)) giveUp(`Gradle ended well, but there is no ${apk}.`);
console.log(apk);

function checkTools() {
  const local = join(ANDROID, "local.properties");
  const sdk = process.env.ANDROID_HOME ?? process.env.ANDROID_SDK_ROOT;
  if (!(sdk && existsSync(sdk)) && !(existsSync(local) && readFileSync(local, "utf8").includes("sdk.dir"))) {
    giveUp(
      "There is no Android SDK here, so that no APK can be made. The project in android/ is ready for one:",
      "install Android Studio (or its command line tools, with platform 36), set ANDROID_HOME to the SDK, and run this again.",
    );
  }
  const missing = SIGNING.filter((one) => !process.env[one]);
  if (variant === "release" && missing.length) giveUp(`A release must be signed; set ${missing.join(", ")}.`);
}

/** Gradle's starter is a program that we do not keep: Capacitor brings it, under the checksum of package-lock.json. */
function unpackGradle() {
  const jar = "gradle/wrapper/gradle-wrapper.jar";
  if (existsSync(join(ANDROID, jar))) return;
  run("tar", ["-xzf", join(HERE, "node_modules", "@capacitor", "cli", "assets", "android-template.tar.gz"), "-C", ANDROID, jar]);
}
