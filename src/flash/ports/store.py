"""What is remembered, and the unit of work in which it is read and changed."""

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID

from flash.domain.account import Account
from flash.domain.audit import Dossier
from flash.domain.callback import Callback
from flash.domain.outcome import Evidence
from flash.domain.payout_float import FloatClaims
from flash.domain.routing import Operator
from flash.domain.transfer import Case, Change, Step, Transfer
from flash.ports.batches import Batches
from flash.ports.belongings import Contacts, Invites, Pins, Profiles
from flash.ports.chain import Chain
from flash.ports.figures import Figures
from flash.ports.heartbeats import Heartbeats
from flash.ports.history import History, HistoryRow
from flash.ports.jobs import WakeUps
from flash.ports.outbox import Outbox
from flash.ports.partners import Partners, PaymentLinks
from flash.ports.people import Accounts, DayLimits, PhoneCodes, StaffActions
from flash.ports.push import PushSubscriptions
from flash.ports.receipts import Receipts
from flash.ports.reconciliations import DayCloses, Reconciliations
from flash.ports.requests import Blocks, Requests
from flash.ports.reviews import Reviews
from flash.ports.webhooks import Webhooks


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """All that is stored about one transfer, for staff."""

    dossier: Dossier
    evidence: Sequence[tuple[UUID, Evidence, str]]
    cases: Sequence[Case]
    callbacks: Sequence[Callback]


class Subject(NamedTuple):
    """What a callback is about.

    Attributes:
        reference: of the leg.
        number: of the transfer.
    """

    transfer_id: UUID
    reference: UUID
    number: str


class Transfers(Protocol):
    """Transfers with their legs, steps, evidence, postings and cases."""

    def add(self, transfer: Transfer) -> None:
        """Store a new transfer with its first leg and first step.

        Raises:
            Conflict: its number or its payer's key is taken.
        """
        ...

    def get(self, transfer_id: UUID) -> Transfer:
        """Return the transfer.

        Raises:
            NotFound: there is none.
        """
        ...

    def apply(self, change: Change) -> Transfer:
        """Store a change with all it entails and return the transfer as stored, unless somebody changed it meanwhile.

        Raises:
            StaleWrite: somebody did.
        """
        ...

    def claim_due(
        self,
        now: datetime,
        *,
        until: datetime,
        limit: int,
        transfer_id: UUID | None = None,
        avoiding: Collection[Operator] = (),
    ) -> Sequence[Transfer]:
        """Take transfers that are due, the longest due first, and put them off *until* then for everybody else.

        Each row is given to one taker. With *transfer_id*, only that one is taken, if it is due. Transfers whose next
        call goes to an operator in *avoiding* are left to others.
        """
        ...

    def due_since(self, now: datetime) -> datetime | None:
        """Return since when the one has been due that waits longest to be taken; None when nothing is due."""
        ...

    def leg_called_about(self, operator: str, callback_token: str, reference: UUID | None) -> Subject | None:
        """Return what it is about when the leg is called that has this callback token at this operator.

        Failing that, of the one with this reference, which is as hard to guess; None when there is neither.
        """
        ...

    def hint(self, transfer_id: UUID, now: datetime) -> bool:
        """Make a transfer due at once, and let whoever has it under way know.

        Returns:
            False when nothing more awaits it, or when it was hinted at already and not taken since.
        """
        ...

    def twin(self, payer_id: UUID, key: str | None, fingerprint: str, since: datetime) -> Transfer | None:
        """Return the transfer with this key; without one, a like one that is under way, wanted and not from before."""
        ...

    def may_ask(self, transfer: Transfer, now: datetime) -> bool:
        """Return whether this transfer is the next for which the payer may be asked to approve.

        It is unless their phone may show another one at the moment, or another one waits for longer.
        """
        ...

    def take_prompt(self, transfer: Transfer, now: datetime, until: datetime) -> bool:
        """Take the payer's phone for this transfer, in one atomic statement; False when another one has it.

        It is free again *until* then at the latest, and as soon as a change says so.
        """
        ...

    def any_under_way(self, account: Account) -> bool:
        """Whether anything that the account sends, or gets, has not ended yet."""
        ...

    def reserve_float(self, operator: Operator, since: datetime) -> FloatClaims:
        """Return what transfers may still draw from an operator's payout float, or have drawn *since* then.

        Until the unit of work ends, nobody else is told for the same operator; so who stores a transfer that draws on
        it, in the same unit of work, has reserved its part.
        """
        ...

    def history_row(self, account: Account, name: str) -> HistoryRow:
        """Return one of a person's transfers by its id or number.

        Raises:
            NotFound: there is none, or it is not theirs.
        """
        ...

    def steps(self, transfer_id: UUID) -> Sequence[Step]:
        """Return the story of a transfer, from its beginning."""
        ...

    def file(self, name: str) -> File:
        """Return everything about the transfer with this id or number.

        Raises:
            NotFound: there is none.
        """
        ...

    def dossiers(self, *, after: UUID | None, limit: int) -> Sequence[Dossier]:
        """Return a page of everything stored, in the order of ids, for the audit."""
        ...


class Callbacks(Protocol):
    """What operators told us without being asked, as it came."""

    def add(self, callback: Callback, reference: UUID | None) -> None:
        """Keep a callback, with the reference of the leg it is about where that is known."""
        ...

    def last_at(self, operator: str) -> datetime | None:
        """Return when one last came about a leg of this operator; None when none ever did."""
        ...

    def has_token(self, operator: str, token: str) -> bool:
        """Return whether one came to the address with this token."""
        ...


class Store(Protocol):
    """One unit of work: what is saved is durable when it ends well, and gone when it does not.

    `jobs` holds back what it is told until then, and forgets it otherwise; so it is with what a meter is to count.
    """

    @property
    def accounts(self) -> Accounts:
        """People."""
        ...

    @property
    def phone_codes(self) -> PhoneCodes:
        """Codes on their way to phones."""
        ...

    @property
    def staff_actions(self) -> StaffActions:
        """What members of staff did."""
        ...

    @property
    def profiles(self) -> Profiles:
        """What people tell about themselves."""
        ...

    @property
    def pins(self) -> Pins:
        """PINs."""
        ...

    @property
    def contacts(self) -> Contacts:
        """Whom people pay often."""
        ...

    @property
    def invites(self) -> Invites:
        """Invites."""
        ...

    @property
    def day_limits(self) -> DayLimits:
        """Limits of the day."""
        ...

    @property
    def transfers(self) -> Transfers:
        """Transfers."""
        ...

    @property
    def receipts(self) -> Receipts:
        """What those who check receipts are told."""
        ...

    @property
    def history(self) -> History:
        """What people look back at."""
        ...

    @property
    def callbacks(self) -> Callbacks:
        """Callbacks of operators."""
        ...

    @property
    def reviews(self) -> Reviews:
        """Cases and decisions."""
        ...

    @property
    def chain(self) -> Chain:
        """The chain over evidence and journal."""
        ...

    @property
    def reconciliations(self) -> Reconciliations:
        """What is remembered of operators' statements."""
        ...

    @property
    def day_closes(self) -> DayCloses:
        """Days that were closed."""
        ...

    @property
    def requests(self) -> Requests:
        """Requests for money."""
        ...

    @property
    def blocks(self) -> Blocks:
        """Who does not want to be asked by whom."""
        ...

    @property
    def webhooks(self) -> Webhooks:
        """Where events go."""
        ...

    @property
    def partners(self) -> Partners:
        """Partners and their keys."""
        ...

    @property
    def payment_links(self) -> PaymentLinks:
        """What partners ask to be paid."""
        ...

    @property
    def batches(self) -> Batches:
        """Lists of payments."""
        ...

    @property
    def jobs(self) -> WakeUps:
        """Wake-ups, held back until the end."""
        ...

    @property
    def outbox(self) -> Outbox:
        """Messages that wait to leave."""
        ...

    @property
    def push(self) -> PushSubscriptions:
        """Browsers that want hints."""
        ...

    @property
    def heartbeats(self) -> Heartbeats:
        """Signs of life of the processes that work."""
        ...

    @property
    def figures(self) -> Figures:
        """Sums over all of it."""
        ...


UnitOfWork = Callable[[], AbstractContextManager[Store]]
"""Opens a unit of work of its own; leaving it well commits, leaving it by an exception forgets."""
