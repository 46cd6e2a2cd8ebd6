"""What is remembered, and the unit of work in which it is read and changed."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from flash.domain.account import Account, PhoneCode, Staff, Token
from flash.domain.audit import Dossier
from flash.domain.callback import Callback
from flash.domain.money import Money
from flash.domain.msisdn import Msisdn
from flash.domain.outcome import Evidence, Reason
from flash.domain.payout_float import FloatClaims
from flash.domain.routing import Operator
from flash.domain.transfer import Case, Change, State, Step, Transfer
from flash.ports.chain import Chain
from flash.ports.jobs import WakeUps
from flash.ports.messenger import Messenger
from flash.ports.reconciliations import DayCloses, Reconciliations
from flash.ports.reviews import Reviews


class Accounts(Protocol):
    """People, their sign-ins and the staff."""

    def add(self, account: Account) -> None:
        """Store a new account.

        Raises:
            Conflict: the number has one already.
        """
        ...

    def by_msisdn(self, msisdn: Msisdn) -> Account | None:
        """Return who has this number; None when nobody does."""
        ...

    def by_token(self, digest: str, now: datetime) -> Account | None:
        """Return who holds the token, if it is neither expired nor revoked."""
        ...

    def set_password(self, account_id: UUID, password_hash: str) -> None:
        """Replace the password."""
        ...

    def add_token(self, token: Token) -> None:
        """Store a sign-in."""
        ...

    def revoke_token(self, digest: str, now: datetime) -> None:
        """End one sign-in, if there is such a one."""
        ...

    def revoke_all_tokens(self, account_id: UUID, now: datetime) -> None:
        """End all sign-ins of a person."""
        ...

    def add_staff(self, staff: Staff) -> None:
        """Store a new member of staff.

        Raises:
            Conflict: the email address is taken.
        """
        ...

    def staff_by_email(self, email: str) -> Staff | None:
        """Return who has this email address, spelt as `domain.account.email_address` does; None when nobody has."""
        ...

    def staff_member(self, staff_id: UUID) -> Staff:
        """Return the member of staff, who must exist."""
        ...


class PhoneCodes(Protocol):
    """Codes on their way to phones. One per number; each method is one atomic move."""

    def put(self, code: PhoneCode, *, unless_sent_after: datetime) -> bool:
        """Store a new code in place of an older one; False when one was sent after that instant."""
        ...

    def take_try(self, msisdn: Msisdn, now: datetime) -> PhoneCode | None:
        """Use up one try and return the code; None when there is none alive, unproved and with tries left."""
        ...

    def prove(self, code: PhoneCode, now: datetime, bound_to: str) -> bool:
        """Remember that this very code came back; False when it already did."""
        ...

    def use_proof(self, msisdn: Msisdn, *, proved_after: datetime, bound_to: str) -> bool:
        """Use up the proof of this number; False when there is none so fresh, from there."""
        ...


class DayLimits(Protocol):
    """What each person reserved of the day's limit."""

    def reserve(self, account_id: UUID, day: date, amount: Money, limit: Money) -> date | None:
        """Reserve part of the limit in one atomic statement.

        Until the unit of work ends, nobody else can reserve for the same person.

        Returns:
            The day it counts for, which is never earlier than a day already begun; None when it does not fit, or is
            no amount at all.
        """
        ...

    def give_back(self, account_id: UUID, day: date, amount: Money) -> None:
        """Return a reservation that came to nothing."""
        ...

    def used(self, account_id: UUID, day: date) -> Money:
        """Return what is reserved of that day's limit."""
        ...

    def all_used(self) -> Iterator[tuple[UUID, date, int]]:
        """Yield account, day and minor units reserved, for the audit."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryRow:
    """A transfer as one of its two people sees it, without its legs."""

    id: UUID
    number: str
    state: State
    amount: Money
    fee: Money
    description: str
    reason: Reason | None
    cancel_wanted: bool
    sent: bool
    payer: Msisdn
    payer_name: str
    payee: Msisdn
    payee_name: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """All that is stored about one transfer, for staff."""

    dossier: Dossier
    evidence: Sequence[tuple[UUID, Evidence, str]]
    cases: Sequence[Case]
    callbacks: Sequence[Callback]


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

    def leg_called_about(self, operator: str, callback_token: str, reference: UUID | None) -> tuple[UUID, UUID] | None:
        """Return transfer and reference of the leg that has this callback token at this operator.

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

    def reserve_float(self, operator: Operator, since: datetime) -> FloatClaims:
        """Return what transfers may still draw from an operator's payout float, or have drawn *since* then.

        Until the unit of work ends, nobody else is told for the same operator; so who stores a transfer that draws on
        it, in the same unit of work, has reserved its part.
        """
        ...

    def history(self, account: Account, *, limit: int, before: UUID | None = None) -> Sequence[HistoryRow]:
        """Return a person's transfers, the newest first: all they sent, and what reached them.

        *before* is the last transfer of the page before; after one that does not exist comes nothing.
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

    `jobs` and `messenger` hold back what they are told until then, and forget it otherwise.
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
    def day_limits(self) -> DayLimits:
        """Limits of the day."""
        ...

    @property
    def transfers(self) -> Transfers:
        """Transfers."""
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
    def jobs(self) -> WakeUps:
        """Wake-ups, held back until the end."""
        ...

    @property
    def messenger(self) -> Messenger:
        """Messages, held back until the end."""
        ...


UnitOfWork = Callable[[], AbstractContextManager[Store]]
"""Opens a unit of work of its own; leaving it well commits, leaving it by an exception forgets."""
