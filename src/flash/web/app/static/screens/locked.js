// The app locked itself: who it belongs to proves that it is them.

import { hasPin, signOut, unlock } from "../core/session.js";
import { useDoing } from "../ui/doing.js";
import { html, useState } from "../ui/html.js";
import { Button, Form, Screen, Secret, Submit, Trouble } from "../ui/parts.js";
import { say } from "../words/say.js";

export default function Locked() {
  const [byPin, setByPin] = useState(hasPin.value);
  const [proof, setProof] = useState("");
  const { busy, problem, run } = useDoing();
  const send = () => run(() => unlock(byPin ? { pin: proof } : { password: proof }));
  const leave = () => run(signOut);
  const other = () => {
    setByPin(!byPin);
    setProof("");
  };
  return html`
    <${Screen} title=${say("Flash is locked")}>
      <p>${say("Show that it is you.")}</p>
      <${Form} onSend=${send}>
        ${byPin
          ? html`<${Secret} key="pin" label=${say("Your Flash PIN")} name="pin" inputmode="numeric" maxlength="6" autocomplete="off" value=${proof} onValue=${setProof} problem=${problem} />`
          : html`<${Secret} key="password" label=${say("Password")} name="password" autocomplete="current-password" value=${proof} onValue=${setProof} problem=${problem} />`}
        <${Trouble} problem=${problem} fields=${[byPin ? "pin" : "password"]} />
        <${Submit} busy=${busy}>${say("Unlock")}<//>
      <//>
      <div class="stack">
        ${hasPin.value && html`<${Button} kind="plain" onClick=${other}>${byPin ? say("Use the password") : say("Use the PIN")}<//>`}
        <${Button} kind="plain" onClick=${leave}>${say("Sign out")}<//>
      </div>
    <//>`;
}
