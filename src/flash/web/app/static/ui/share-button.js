// The button that shares, and says so when a text was copied instead.

import { say } from "../words/say.js";
import { html, useState } from "./html.js";
import { Icon } from "./icons.js";
import { Button } from "./parts.js";
import { share } from "./share.js";

/** @param {{ title: string, text: string, file?: () => Promise<File>, kind?: "main" | "second", onShared?: () => void, children?: any }} props */
export function ShareButton({ title, text, file, kind = "second", onShared, children }) {
  const [told, setTold] = useState("");
  const send = async () => {
    setTold("");
    try {
      const how = await share(title, text, await file?.());
      if (how === "copied") setTold(say("Copied. You can paste it wherever you like."));
      if (how !== "left") onShared?.();
    } catch {
      // Whatever a browser forbids here has no remedy but the text itself.
      setTold(say("Your browser does not let us share this: {text}", { text }));
    }
  };
  return html`
    <${Button} kind=${kind} onClick=${send}><${Icon} name="share" />${children ?? say("Share")}<//>
    <p class="hint" role="status">${told}</p>`;
}
