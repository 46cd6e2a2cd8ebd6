// Help: how it works, and what to do when it does not. For strangers, too.

import { kwacha } from "../core/money.js";
import { config, signedIn } from "../core/session.js";
import { html } from "../ui/html.js";
import { Facts, Screen } from "../ui/parts.js";
import { say } from "../words/say.js";

export default () => html`
  <${Screen} title=${say("Help")} back=${signedIn.value ? "profile" : "welcome"}>
    <h2>${say("How it works")}</h2>
    <ol class="steps">
      <li>${say("You enter a number and an amount. Flash shows whose number it is, as far as it knows, and what it costs in all.")}</li>
      <li>${say("A message from your wallet appears on your phone. You enter the PIN of your wallet there.")}</li>
      <li>${say("Flash takes the money from your wallet and passes it on to theirs, also to another operator.")}</li>
      <li>${say("You both get a receipt, which anybody can check.")}</li>
    </ol>
    <p>${say("If the money cannot be passed on, it comes back to your wallet.")}</p>
    <h2>${say("What to do when…")}</h2>
    <${Answers} />
    <h2>${say("What can be sent")}</h2>
    <${Operators} />
  <//>`;

const Answers = () => html`
  <${Question} title=${say("No message appears on my phone")}>
    <p>${say("Look at pending approvals in the app of your wallet, or dial its code. Your phone needs signal, and your wallet enough money for the payment and the fees.")}</p>
    ${dialled().map((one) => html`<p key=${one.operator}>${say("{brand}: dial {ussd}", { brand: one.brand, ussd: one.ussd ?? "" })}</p>`)}
    <p>${say("An approval that nobody gives ends by itself, and nothing is taken.")}</p>
  <//>
  <${Question} title=${say("A payment does not come to an end")}>
    <p>${say("Do not pay again. Open the payment in Activity: it says where the money is, and by when that is known for certain. Flash asks the operator again and again, and somebody at Flash takes over when there is no answer.")}</p>
  <//>
  <${Question} title=${say("I paid the wrong number")}>
    <p>${say("Open the payment in Activity at once and cancel it. That works until the money is on its way to them.")}</p>
    <p>${say("Once they have it, only they can give it back: ask them for it in Flash by a request. Or call the operator of your wallet, and tell them the number of the payment.")}</p>
  <//>
  <${Question} title=${say("My phone is lost or stolen")}>
    <p>${say("Call your operator first, so that your wallet and your number are blocked.")}</p>
    <p>${say("Then sign in to Flash on another phone. Under Profile, Security, sign out all others and change the password. Without your wallet's PIN nobody can pay from your wallet.")}</p>
  <//>
  <${Question} title=${say("I forgot my password or my PIN")}>
    <p>${say("Password: sign up once more with your number. You get a code, and choose a new password.")}</p>
    <p>${say("PIN: when Flash is locked, open it with the password. After five wrong tries the PIN is locked for a while, longer each time.")}</p>
  <//>
  <${Question} title=${say("Somebody shows me a receipt")}>
    <p>${say("Scan its code, or open its link. Only when the check says that the money was paid out, it was. A genuine receipt may be shown twice: look at the amount, the time and the last digits of the number, and at your wallet.")}</p>
  <//>
  <${Question} title=${say("Somebody asks for my PIN or a code")}>
    <p>${say("Never tell it. Nobody at Flash or at your operator asks for a PIN, a password or a code. You enter the PIN of your wallet only in the message of your wallet.")}</p>
  <//>
  <${Question} title=${say("There is no network")}>
    <p>${say("You can send all the same: the payment waits on this phone, goes once there is a network, and goes once only. When it has waited for more than 10 minutes, Flash asks you first.")}</p>
  <//>`;

/** @param {{ title: string, children?: any }} props */
const Question = ({ title, children }) => html`<details class="card"><summary>${title}</summary>${children}</details>`;

const served = () => config.value?.operators.filter((one) => one.served) ?? [];
const dialled = () => served().filter((one) => one.ussd);

function Operators() {
  const all = served();
  if (!all.length) return html`<p>${say("Kwacha, to MTN and Airtel numbers in Zambia.")}</p>`;
  return html`<${Facts} rows=${all.map((one) => [
    one.brand,
    one.least && one.most ? say("{least} to {most} at once", { least: kwacha(one.least), most: kwacha(one.most) }) : say("Served"),
  ])} />`;
}
