// The Flash PIN: the first one, or another.

import { post } from "../core/api.js";
import { kwacha } from "../core/money.js";
import { config, hasPin } from "../core/session.js";
import { useDoing } from "../ui/doing.js";
import { html, useState } from "../ui/html.js";
import { Form, Notice, Screen, Submit, Trouble } from "../ui/parts.js";
import { PinField } from "../ui/pin-field.js";
import { say } from "../words/say.js";

/** What the service takes for the current PIN of whoever has none. */
const NONE = "none";

export default function Pin() {
  const [current, setCurrent] = useState("");
  const [wanted, setWanted] = useState("");
  const [again, setAgain] = useState("");
  const [done, setDone] = useState(false);
  const { busy, problem, setProblem, run } = useDoing();
  const had = hasPin.value;
  const above = config.value?.pin_above;
  const set = () => run(async () => {
    setDone(false);
    if (wanted !== again) return setProblem({ field: "again", text: say("The two are not the same."), code: "" });
    await post("/auth/change-pin/", { current_pin: had ? current : NONE, new_pin: wanted });
    hasPin.value = true;
    setDone(true);
    for (const clear of [setCurrent, setWanted, setAgain]) clear("");
  });
  return html`
    <${Screen} title=${had ? say("Change the PIN") : say("Set a PIN")} back="profile">
      <p>${say("The Flash PIN has 6 digits. It opens Flash when it is locked.")}
        ${above && html` ${say("Payments above {amount} ask for it, too.", { amount: kwacha(above) })}`}</p>
      <p>${say("It is not the PIN of your wallet. Do not use the same digits.")}</p>
      <${Form} onSend=${set}>
        ${had && html`<${PinField} label=${say("The PIN you have")} name="current_pin" value=${current} onValue=${setCurrent} problem=${problem} />`}
        <${PinField} label=${say("New PIN")} name="new_pin" value=${wanted} onValue=${setWanted} problem=${problem} />
        <${PinField} label=${say("New PIN once more")} name="again" value=${again} onValue=${setAgain} problem=${problem} />
        <${Trouble} problem=${problem} fields=${had ? ["current_pin", "new_pin", "again"] : ["new_pin", "again"]} />
        ${done && html`<${Notice} kind="good">${say("Your PIN is set.")}<//>`}
        <${Submit} busy=${busy}>${say("Set the PIN")}<//>
      <//>
    <//>`;
}
