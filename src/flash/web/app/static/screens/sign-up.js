// Signing up: the number, the code that comes to it, then name and password. For a number that is known already, this sets
// a new password.

import { post } from "../core/api.js";
import { go } from "../core/router.js";
import { register } from "../core/session.js";
import { useDoing } from "../ui/doing.js";
import { html, useEffect, useRef, useState } from "../ui/html.js";
import { Button, Field, Form, Notice, Screen, Secret, Submit, Trouble } from "../ui/parts.js";
import { say } from "../words/say.js";

const AGAIN_S = 60;

export default function SignUp() {
  const [phone, setPhone] = useState("");
  /** @type {[string | null, (code: string | null) => void]} The code itself where a demo shows it; empty where a phone gets it. */
  const [sent, setSent] = useState(/** @type {string | null} */ (null));
  const ask = async () => setSent((await post("/auth/send-otp/", { phone_number: phone })).debug_code ?? "");
  return sent === null
    ? html`<${Number} phone=${phone} setPhone=${setPhone} ask=${ask} />`
    : html`<${Rest} phone=${phone} shown=${sent} ask=${ask} change=${() => setSent(null)} />`;
}

/** @param {{ phone: string, setPhone: (phone: string) => void, ask: () => Promise<void> }} props */
function Number({ phone, setPhone, ask }) {
  const { busy, problem, run } = useDoing();
  return html`
    <${Screen} title=${say("Sign up")} back="welcome">
      <p>${say("We send a code to your phone, to see that the number is yours.")}</p>
      <${Form} onSend=${() => run(ask)}>
        <${Field} label=${say("Phone number")} name="phone_number" type="tel" autocomplete="tel" inputmode="tel" value=${phone} onValue=${setPhone} problem=${problem} />
        <${Trouble} problem=${problem} fields=${["phone_number"]} />
        <${Submit} busy=${busy}>${say("Send me a code")}<//>
      <//>
    <//>`;
}

/** @param {{ phone: string, shown: string, ask: () => Promise<void>, change: () => void }} props */
function Rest({ phone, shown, ask, change }) {
  const [code, setCode] = useState("");
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [invite, setInvite] = useState("");
  /** The code that was accepted: it is good once, and whoever mends the password has proved the number already. */
  const proved = useRef("");
  const { busy, problem, run } = useDoing();
  const send = () => run(async () => {
    const invited = invite.trim() ? { invite_code: invite.trim().toUpperCase() } : {};
    if (proved.current !== code.trim()) {
      await post("/auth/verify-otp/", { phone_number: phone, otp_code: code.trim(), ...invited });
      proved.current = code.trim();
    }
    await register({ phone_number: phone, password, password_confirm: password, full_name: name });
    go("home", { instead: true });
  });
  return html`
    <${Screen} title=${say("Sign up")} back="welcome">
      <p>${say("We have sent a code to {phone}.", { phone })} <${Button} kind="plain" onClick=${change}>${say("Another number")}<//></p>
      ${shown && html`<${Notice} kind="tell">${say("Demo: your code is {code}.", { code: shown })}<//>`}
      <${Form} onSend=${send}>
        <${Field} label=${say("Code of 6 digits")} name="otp_code" inputmode="numeric" autocomplete="one-time-code" maxlength="6" value=${code} onValue=${setCode} problem=${problem} />
        <${Again} ask=${ask} />
        <${Field} label=${say("Your name")} name="full_name" autocomplete="name" maxlength="100" value=${name} onValue=${setName} problem=${problem}
          hint=${say("Whoever you pay, and whoever pays you, sees it.")} />
        <${Secret} label=${say("Choose a password")} name="password" autocomplete="new-password" value=${password} onValue=${setPassword} problem=${problem}
          hint=${say("At least 6 characters. It is for Flash only, not your wallet's PIN.")} />
        <${Invite} code=${invite} setCode=${setInvite} />
        <${Trouble} problem=${problem} fields=${["otp_code", "full_name", "password"]} />
        <${Submit} busy=${busy}>${say("Sign up")}<//>
      <//>
    <//>`;
}

/** Asking for another code, as soon as that makes sense. @param {{ ask: () => Promise<void> }} props */
function Again({ ask }) {
  const [left, setLeft] = useState(AGAIN_S);
  const { busy, problem, run } = useDoing();
  useEffect(() => {
    if (left === 0) return undefined;
    const timer = setTimeout(() => setLeft(left - 1), 1000);
    return () => clearTimeout(timer);
  }, [left]);
  const again = () => run(async () => {
    await ask();
    setLeft(AGAIN_S);
  });
  if (left > 0) return html`<p class="hint">${say("No code? You can ask again in {seconds} s.", { seconds: left })}</p>`;
  return html`<${Button} kind="plain" busy=${busy} onClick=${again}>${say("Send the code again")}<//><${Trouble} problem=${problem} />`;
}

/** An invite code, which is looked at as soon as it is complete. @param {{ code: string, setCode: (code: string) => void }} props */
function Invite({ code, setCode }) {
  const [told, setTold] = useState({ valid: false, message: "" });
  useEffect(() => {
    setTold({ valid: false, message: "" });
    if (code.trim().length !== 6) return undefined;
    let gone = false;
    post("/auth/validate-invite/", { invite_code: code.trim().toUpperCase() }).then((answer) => gone || setTold(answer), () => undefined);
    return () => {
      gone = true;
    };
  }, [code]);
  return html`
    <${Field} label=${say("Invite code, if you have one")} name="invite_code" autocapitalize="characters" autocomplete="off" maxlength="6" value=${code} onValue=${setCode} />
    ${told.message && html`<p class=${told.valid ? "good" : "problem"} role="status">${told.valid ? say("This invite is good.") : say("This invite is not good, or was used. You can sign up without.")}</p>`}`;
}
