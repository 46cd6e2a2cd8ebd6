// My code: whoever scans it pays me.

import { post } from "../core/api.js";
import { amountIn, kwacha, spoken } from "../core/money.js";
import { user } from "../core/session.js";
import { paymentCode } from "../ui/codes.js";
import { useData, useDoing } from "../ui/doing.js";
import { html, useState } from "../ui/html.js";
import { Icon } from "../ui/icons.js";
import { Button, Field, Form, Screen, Submit, Trouble } from "../ui/parts.js";
import { Qr, asPng } from "../ui/qr.js";
import { save } from "../ui/share.js";
import { ShareButton } from "../ui/share-button.js";
import { say } from "../words/say.js";

const FILE = "Flash code.png";

export default function MyCode() {
  const me = user.value;
  // What the service says is kept; without it, what is known of whoever is here says the same.
  const { data } = useData(async () => (await post("/transactions/generate-qr/", {})).qr_code_data, { name: "my_code" });
  const [wanted, setWanted] = useState(/** @type {{ amount?: string, message?: string } | null} */ (null));
  if (!me) return null;
  const code = wanted ?? data ?? {};
  const text = wanted || !data ? paymentCode(me, code.amount, code.message) : JSON.stringify(data);
  const invitation = code.amount
    ? say("Pay {name} {amount} by Flash, to {phone}.", { name: me.full_name, amount: kwacha(code.amount), phone: spoken(me.phone_number) })
    : say("Pay {name} by Flash, to {phone}.", { name: me.full_name, phone: spoken(me.phone_number) });
  return html`
    <${Screen} title=${say("My code")} back="home">
      <p>${say("Whoever scans this with Flash pays you. It works without a network, too.")}</p>
      <${Qr} text=${text} label=${say("Code by which you are paid")} />
      <p class="to">${code.amount ? kwacha(code.amount) : me.full_name}</p>
      <p class="middle hint">${spoken(me.phone_number)}${code.message ? `, ${code.message}` : ""}</p>
      <div class="stack">
        <${ShareButton} kind="main" title=${say("My Flash code")} text=${invitation} file=${() => asPng(text, FILE)} />
        <${Button} kind="second" onClick=${async () => save(await asPng(text, FILE), FILE)}><${Icon} name="file" />${say("Save the picture")}<//>
      </div>
      <${Wanted} set=${setWanted} />
    <//>`;
}

/** What is to be paid, if the code shall say so. @param {{ set: (wanted: any) => void }} props */
function Wanted({ set }) {
  const [amount, setAmount] = useState("");
  const [message, setMessage] = useState("");
  const { problem, setProblem, run } = useDoing();
  const show = () => run(async () => {
    const read = amountIn(amount);
    if (amount.trim() && !read) return setProblem({ field: "amount", text: say("Please enter an amount like 25 or 25.50."), code: "" });
    set(read || message.trim() ? { amount: read ?? undefined, message: message.trim() || undefined } : null);
    scrollTo(0, 0);
  });
  return html`
    <details class="card">
      <summary>${say("With an amount")}</summary>
      <${Form} onSend=${show}>
        <${Field} label=${say("How much, in kwacha?")} name="amount" inputmode="decimal" autocomplete="off" value=${amount} onValue=${setAmount} problem=${problem} />
        <${Field} label=${say("What for? (if you like)")} name="message" maxlength="200" autocomplete="off" value=${message} onValue=${setMessage} problem=${problem} />
        <${Trouble} problem=${problem} fields=${["amount", "message"]} />
        <${Submit} busy=${false}>${say("Put it into the code")}<//>
      <//>
    </details>`;
}
