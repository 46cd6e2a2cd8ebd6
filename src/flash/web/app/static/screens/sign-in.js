// Signing in on one more device.

import { go } from "../core/router.js";
import { signIn } from "../core/session.js";
import { useDoing } from "../ui/doing.js";
import { html, useState } from "../ui/html.js";
import { Field, Form, Screen, Secret, Submit, Trouble } from "../ui/parts.js";
import { say } from "../words/say.js";

export default function SignIn() {
  const [phone, setPhone] = useState("");
  const [password, setPassword] = useState("");
  const { busy, problem, run } = useDoing();
  const send = () => run(async () => {
    await signIn(phone, password);
    go("home", { instead: true });
  });
  return html`
    <${Screen} title=${say("Sign in")} back="welcome">
      <${Form} onSend=${send}>
        <${Field} label=${say("Phone number")} name="phone_number" type="tel" autocomplete="tel" inputmode="tel" value=${phone} onValue=${setPhone} problem=${problem} />
        <${Secret} label=${say("Password")} name="password" autocomplete="current-password" value=${password} onValue=${setPassword} problem=${problem} />
        <${Trouble} problem=${problem} fields=${["phone_number", "password"]} />
        <${Submit} busy=${busy}>${say("Sign in")}<//>
      <//>
      <p><a href="#/sign-up">${say("No account yet, or the password forgotten? Prove your number anew.")}</a></p>
    <//>`;
}
