"""A payment in words: what stands now, and what happened on the way."""

from collections.abc import Mapping
from datetime import datetime

from flash.domain.outcome import Reason
from flash.domain.progress import Patience
from flash.domain.text import Text, moment
from flash.domain.transfer import State, Step, Transfer
from flash.domain.whereabouts import whereabouts
from flash.domain.words import CANCEL_NOTED, NOTES, REASONS, RECEIVED, RECONCILED, STATES, STEPS, STILL_ASKING

_REASONS: Mapping[str, str] = {reason.value: text for reason, text in REASONS.items()}


def state_text(transfer: Transfer, now: datetime, patience: Patience, *, sent: bool) -> Text:
    """Return what stands now, who must act and by when, for the payer; or for the payee, whom it has reached."""
    pattern, places = STATES[transfer.state], {"amount": transfer.amount.spoken, "total": transfer.total.spoken}
    if not sent and transfer.state is State.COMPLETED:
        return Text(RECEIVED, places)
    by = _known_by(transfer, now, patience)
    if transfer.state is State.COLLECTING:
        leg = transfer.open_leg  # None when the legs were read a moment after the rest.
        phone_asks_until = (leg.opened_at if leg and leg.opened_at else now) + patience.prompt_life
        if transfer.cancel_wanted:
            pattern = CANCEL_NOTED
        elif now < phone_asks_until:
            by = phone_asks_until
        else:
            pattern = STILL_ASKING
    return Text(pattern, {**places, "time": moment(by)})


def step_text(step: Step) -> tuple[Text, ...]:
    """Return what a step means: why, if it says so, and what."""
    note = RECONCILED if step.note.startswith(f"{RECONCILED}_") else step.note
    if note in NOTES:
        return (Text(NOTES[note]),)
    what = Text(STEPS[step.after])
    if note in _REASONS and step.after is not State.CANCELLED:
        return (Text(_REASONS[note]), what)
    return (what,)


def reason_text(reason: Reason) -> Text:
    """Return why a payment did not happen."""
    return Text(REASONS[reason])


def _known_by(transfer: Transfer, now: datetime, patience: Patience) -> datetime:
    """Return when at the latest the payment has got on, or a person has taken over."""
    doubt_ends_at = whereabouts(transfer, now, patience).doubt_ends_at
    if doubt_ends_at is not None:
        return doubt_ends_at
    if transfer.state is State.RECORDED:
        return max(transfer.created_at + patience.start_limit, now)
    last = max((leg.closed_at for leg in transfer.legs if leg.closed_at), default=transfer.created_at)
    return max(last + patience.doubt_limit, now)
