"""The store in memory, as strict as a database."""

import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from uuid import UUID

from flash.adapters.memory import MemoryJobs, chain
from flash.adapters.memory.batches import MemoryBatches
from flash.adapters.memory.belongings import MemoryContacts, MemoryInvites, MemoryPins, MemoryProfiles
from flash.adapters.memory.chain import MemoryChain
from flash.adapters.memory.figures import MemoryFigures
from flash.adapters.memory.heartbeats import MemoryHeartbeats
from flash.adapters.memory.history import MemoryHistory, is_theirs, row_of
from flash.adapters.memory.outbox import MemoryOutbox
from flash.adapters.memory.partners import MemoryPartners, MemoryPaymentLinks
from flash.adapters.memory.people import MemoryAccounts, MemoryDayLimits, MemoryPhoneCodes, MemoryStaffActions
from flash.adapters.memory.push import MemoryPushSubscriptions
from flash.adapters.memory.receipts import MemoryReceipts
from flash.adapters.memory.reconciliations import MemoryDayCloses, MemoryReconciliations
from flash.adapters.memory.requests import MemoryBlocks, MemoryRequests
from flash.adapters.memory.reviews import MemoryReviews
from flash.adapters.memory.webhooks import MemoryWebhooks, tell
from flash.domain.account import Account, Freed, PhoneCode, Staff, Token
from flash.domain.audit import Dossier
from flash.domain.batch import Batch, Line
from flash.domain.callback import Callback
from flash.domain.chain import Link
from flash.domain.contact import Contact
from flash.domain.day_close import DayClose
from flash.domain.errors import Conflict, NotFound, StaleWrite
from flash.domain.event import Event, events_of
from flash.domain.facts import Fact, TransferBegan, facts_of, way_of
from flash.domain.invite import Invite
from flash.domain.journal import Posting
from flash.domain.leg import Kind, LegState
from flash.domain.message import Message
from flash.domain.money import Money
from flash.domain.msisdn import Msisdn
from flash.domain.outcome import Evidence
from flash.domain.partner import Partner, PartnerKey
from flash.domain.payment_link import PaymentLink
from flash.domain.payout_float import FloatClaims
from flash.domain.pin import Pin
from flash.domain.profile import Profile
from flash.domain.push import Hint, PushSubscription
from flash.domain.reconcile import Difference
from flash.domain.request import Block, PaymentRequest
from flash.domain.review import Decision, FiledCase
from flash.domain.routing import Operator
from flash.domain.staff_action import StaffAction
from flash.domain.transfer import FINAL, PAYOUT_AHEAD, Change, State, Step, Transfer
from flash.domain.webhook import Delivery, Endpoint
from flash.ports.heartbeats import Heartbeat
from flash.ports.history import HistoryRow
from flash.ports.jobs import WakeUps
from flash.ports.meter import UNMETERED, Meter
from flash.ports.store import File, Store, Subject
from flash.ports.webhooks import Attempt


@dataclass
class Tables:
    """What is stored. All values are immutable, so a copy of the containers is a copy of everything."""

    accounts: dict[UUID, Account] = field(default_factory=dict)
    tokens: dict[str, tuple[Token, datetime | None]] = field(default_factory=dict)
    staff: dict[UUID, Staff] = field(default_factory=dict)
    phone_codes: dict[tuple[Msisdn, str], PhoneCode] = field(default_factory=dict)
    messages: dict[UUID, Message] = field(default_factory=dict)
    staff_actions: dict[int, StaffAction] = field(default_factory=dict)
    profiles: dict[UUID, Profile] = field(default_factory=dict)
    pins: dict[UUID, Pin] = field(default_factory=dict)
    contacts: dict[UUID, Contact] = field(default_factory=dict)
    invites: dict[UUID, Invite] = field(default_factory=dict)
    day_limits: dict[UUID, tuple[date, int]] = field(default_factory=dict)
    transfers: dict[UUID, Transfer] = field(default_factory=dict)
    steps: dict[UUID, tuple[Step, ...]] = field(default_factory=dict)
    evidence: dict[UUID, tuple[tuple[UUID, Evidence, str], ...]] = field(default_factory=dict)
    postings: dict[UUID, tuple[Posting, ...]] = field(default_factory=dict)
    cases: dict[int, FiledCase] = field(default_factory=dict)
    decisions: dict[UUID, Decision] = field(default_factory=dict)
    rows: dict[tuple[str, int], tuple[UUID, int]] = field(default_factory=dict)
    """The ids of rows of evidence and postings: by table and id, the transfer and the row's place in its list."""
    links: dict[tuple[str, int], Link] = field(default_factory=dict)
    callbacks: dict[int, tuple[Callback, UUID | None]] = field(default_factory=dict)
    payment_requests: dict[UUID, PaymentRequest] = field(default_factory=dict)
    blocks: dict[UUID, Block] = field(default_factory=dict)
    partners: dict[UUID, Partner] = field(default_factory=dict)
    partner_keys: dict[UUID, PartnerKey] = field(default_factory=dict)
    payment_links: dict[UUID, PaymentLink] = field(default_factory=dict)
    events: dict[UUID, Event] = field(default_factory=dict)
    endpoints: dict[UUID, Endpoint] = field(default_factory=dict)
    deliveries: dict[tuple[UUID, UUID], Delivery] = field(default_factory=dict)
    """What waits, by endpoint and event."""
    delivered: dict[tuple[UUID, UUID], datetime] = field(default_factory=dict)
    attempts: dict[int, Attempt] = field(default_factory=dict)
    batches: dict[UUID, Batch] = field(default_factory=dict)
    batch_lines: dict[UUID, tuple[Line, ...]] = field(default_factory=dict)
    freed_numbers: dict[str, Freed] = field(default_factory=dict)
    carried_limits: dict[tuple[UUID, date], int] = field(default_factory=dict)
    prompts: dict[Msisdn, tuple[UUID, datetime]] = field(default_factory=dict)
    differences: dict[str, tuple[Difference, datetime]] = field(default_factory=dict)
    day_closes: dict[date, tuple[DayClose, datetime]] = field(default_factory=dict)
    heartbeats: dict[str, Heartbeat] = field(default_factory=dict)
    push_subscriptions: dict[str, PushSubscription] = field(default_factory=dict)
    push_hints: dict[tuple[str, UUID], tuple[Hint, datetime]] = field(default_factory=dict)
    """What waits, by subscription and message."""
    receipt_checks: dict[UUID, tuple[int, datetime]] = field(default_factory=dict)

    def copy(self) -> "Tables":
        """Return a copy that can be changed without changing this."""
        return Tables(**{name: dict(getattr(self, name)) for name in self.__dataclass_fields__})


class MemoryDatabase:
    """A database in memory: one unit of work at a time, each forgotten when it ends by an exception."""

    def __init__(self, *, jobs: WakeUps | None = None, meter: Meter = UNMETERED) -> None:
        self.jobs = jobs or MemoryJobs()
        self.meter = meter
        self._tables = Tables()
        self._turn = threading.Lock()

    @contextmanager
    def unit_of_work(self) -> Iterator[Store]:
        """See `ports.store.UnitOfWork`."""
        with self._turn:
            store = MemoryStore(self._tables.copy())
            yield store
            self._tables = store.tables
        for transfer_id in store.woken:
            self.jobs.advance(transfer_id)
        self.meter.note(*store.facts)

    snapshot = unit_of_work


class MemoryStore:
    """One unit of work in memory: it is its own jobs and its own meter, which wait for the end."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.woken: list[UUID] = []
        self.facts: list[Fact] = []
        self.accounts = MemoryAccounts(tables, self)
        self.phone_codes = MemoryPhoneCodes(tables)
        self.staff_actions = MemoryStaffActions(tables)
        self.profiles = MemoryProfiles(tables)
        self.pins = MemoryPins(tables)
        self.contacts = MemoryContacts(tables)
        self.invites = MemoryInvites(tables)
        self.day_limits = MemoryDayLimits(tables)
        self.transfers = MemoryTransfers(tables, self)
        self.receipts = MemoryReceipts(tables)
        self.heartbeats = MemoryHeartbeats(tables)
        self.history = MemoryHistory(tables)
        self.callbacks = MemoryCallbacks(tables)
        self.reviews = MemoryReviews(tables)
        self.chain = MemoryChain(tables)
        self.reconciliations = MemoryReconciliations(tables)
        self.day_closes = MemoryDayCloses(tables)
        self.requests = MemoryRequests(tables)
        self.blocks = MemoryBlocks(tables)
        self.batches = MemoryBatches(tables, self)
        self.partners = MemoryPartners(tables)
        self.payment_links = MemoryPaymentLinks(tables)
        self.outbox = MemoryOutbox(tables, self)
        self.push = MemoryPushSubscriptions(tables)
        self.figures = MemoryFigures(tables)
        self.webhooks = MemoryWebhooks(tables)
        self.jobs: WakeUps = self

    def advance(self, transfer_id: UUID) -> None:
        """See `ports.jobs.WakeUps`."""
        self.woken.append(transfer_id)

    def note(self, *facts: Fact) -> None:
        """See `ports.meter.Meter`."""
        self.facts += facts


class MemoryTransfers:
    """See `ports.store.Transfers`."""

    def __init__(self, tables: Tables, meter: Meter = UNMETERED) -> None:
        self._meter = meter
        self._tables = tables
        self._transfers = tables.transfers

    def add(self, transfer: Transfer) -> None:
        for known in self._transfers.values():
            same_key = transfer.key is not None and (known.payer_id, known.key) == (transfer.payer_id, transfer.key)
            if known.number == transfer.number or same_key:
                raise Conflict
        self._transfers[transfer.id] = transfer
        first = Step(1, transfer.created_at, None, transfer.state)
        self._tables.steps[transfer.id] = (first,)
        tell(self._tables, events_of(transfer, [first]))
        self._meter.note(TransferBegan(way_of(transfer)))

    def get(self, transfer_id: UUID) -> Transfer:
        if transfer_id not in self._transfers:
            raise NotFound
        return self._transfers[transfer_id]

    def apply(self, change: Change) -> Transfer:
        tables, after = self._tables, change.transfer
        if self.get(after.id).version != after.version:
            raise StaleWrite
        after = replace(after, version=after.version + 1)
        self._transfers[after.id] = after
        tables.steps[after.id] += change.steps
        tell(tables, events_of(after, change.steps))
        chain.number(tables, "evidence", after.id, len(change.evidence))
        chain.number(tables, "postings", after.id, len(change.postings))
        tables.evidence[after.id] = tables.evidence.get(after.id, ()) + change.evidence
        tables.postings[after.id] = tables.postings.get(after.id, ()) + change.postings
        if change.case is not None:
            number = len(tables.cases) + 1
            tables.cases[number] = FiledCase(id=number, transfer_id=after.id, case=change.case)
        if change.reopens_request:
            MemoryRequests(tables).reopen(after)
        if change.frees_prompt:
            self._free_prompt(after)
        MemoryOutbox(self._tables).put(*change.news)
        if change.gives_back_limit:
            MemoryDayLimits(tables).give_back(after.payer_id, after.limit_day, after.amount)
        self._meter.note(*facts_of(change))
        return after

    def claim_due(
        self,
        now: datetime,
        *,
        until: datetime,
        limit: int,
        transfer_id: UUID | None = None,
        avoiding: Collection[Operator] = (),
    ) -> Sequence[Transfer]:
        due = [
            (one.due_at, one)
            for one in self._transfers.values()
            if one.due_at is not None and one.due_at <= now and transfer_id in (None, one.id)
            if one.next_operator not in avoiding
        ]
        claimed = []
        for _, one in sorted(due, key=lambda pair: (pair[0], pair[1].id))[:limit]:
            self._transfers[one.id] = replace(one, due_at=until, hinted=False, version=one.version + 1)
            claimed.append(self._transfers[one.id])
        return claimed

    def due_since(self, now: datetime) -> datetime | None:
        waiting = (one.due_at for one in self._transfers.values() if one.due_at is not None and one.due_at <= now)
        return min(waiting, default=None)

    def may_ask(self, transfer: Transfer, now: datetime) -> bool:
        shown, until = self._tables.prompts.get(transfer.payer, (transfer.id, now))
        mine = (transfer.created_at, transfer.id)
        earlier = any((one.created_at, one.id) < mine for one in self._in_line(transfer))
        return (shown == transfer.id or until <= now) and not earlier

    def take_prompt(self, transfer: Transfer, now: datetime, until: datetime) -> bool:
        shown, known_until = self._tables.prompts.get(transfer.payer, (transfer.id, now))
        if shown != transfer.id and known_until > now:
            return False
        self._tables.prompts[transfer.payer] = (transfer.id, until)
        return True

    def _free_prompt(self, transfer: Transfer) -> None:
        if self._tables.prompts.get(transfer.payer, (None,))[0] == transfer.id:
            del self._tables.prompts[transfer.payer]
        now = transfer.updated_at
        mine = (transfer.created_at, transfer.id)
        later = [one for one in self._in_line(transfer) if (one.created_at, one.id) > mine]
        waiting = [one for one in later if one.due_at is not None and one.due_at > now]
        for one in sorted(waiting, key=lambda one: (one.created_at, one.id))[:1]:
            self._transfers[one.id] = replace(one, due_at=now, version=one.version + 1)

    def _in_line(self, transfer: Transfer) -> list[Transfer]:
        same_phone = (one for one in self._transfers.values() if one.payer == transfer.payer and one.id != transfer.id)
        return [one for one in same_phone if one.state is State.RECORDED and one.in_line]

    def twin(self, payer_id: UUID, key: str | None, fingerprint: str, since: datetime) -> Transfer | None:
        mine = [one for one in self._transfers.values() if one.payer_id == payer_id]
        if key is not None:
            return next((one for one in mine if one.key == key), None)
        alike = [
            one
            for one in mine
            if (one.fingerprint, one.cancel_wanted) == (fingerprint, False)
            and one.created_at >= since
            and one.state not in FINAL
        ]
        return max(alike, key=lambda one: one.created_at, default=None)

    def leg_called_about(self, operator: str, callback_token: str, reference: UUID | None) -> Subject | None:
        legs = [(one, leg) for one in self._transfers.values() for leg in one.legs if leg.operator == operator]
        about = [(one, leg) for one, leg in legs if callback_token and leg.callback_token == callback_token]
        about += [(one, leg) for one, leg in legs if leg.reference == reference]
        return Subject(about[0][0].id, about[0][1].reference, about[0][0].number) if about else None

    def hint(self, transfer_id: UUID, now: datetime) -> bool:
        one = self._transfers[transfer_id]
        if one.due_at is None or one.hinted:
            return False
        self._transfers[one.id] = replace(one, due_at=min(now, one.due_at), hinted=True, version=one.version + 1)
        return True

    def any_under_way(self, account: Account) -> bool:
        theirs = (one for one in self._transfers.values() if account.id == one.payer_id or account.msisdn == one.payee)
        return any(one.state not in FINAL for one in theirs)

    def reserve_float(self, operator: Operator, since: datetime) -> FloatClaims:
        ahead = under_way = Money(0)
        for one in self._transfers.values():
            if one.state in PAYOUT_AHEAD and not one.goes_back and one.payee_operator is operator:
                ahead += one.amount
            if one.state in PAYOUT_AHEAD and one.goes_back and one.payer_operator is operator:
                ahead += one.total
            if one.state is State.PAYING_OUT and one.payee_operator is operator:
                under_way += one.amount
            if one.state is State.RETURNING and one.payer_operator is operator:
                under_way += one.total
            for leg in one.legs:
                paid = leg.state is LegState.SETTLED and leg.kind is not Kind.COLLECTION and leg.operator is operator
                if paid and leg.closed_at is not None and leg.closed_at >= since:
                    under_way += leg.amount
        return FloatClaims(ahead=ahead, under_way=under_way)

    def history_row(self, account: Account, name: str) -> HistoryRow:
        one = self._named(name)
        if not is_theirs(one, account):
            raise NotFound
        return row_of(one, account, self._tables)

    def steps(self, transfer_id: UUID) -> Sequence[Step]:
        return self._tables.steps.get(transfer_id, ())

    def file(self, name: str) -> File:
        one = self._named(name)
        kept = self._tables.evidence.get(one.id, ())
        references = {leg.reference for leg in one.legs}
        heard = [callback for callback, reference in self._tables.callbacks.values() if reference in references]
        cases = [filed.case for filed in self._tables.cases.values() if filed.transfer_id == one.id]
        return File(dossier=self._dossier(one), evidence=kept, cases=cases, callbacks=heard)

    def dossiers(self, *, after: UUID | None, limit: int) -> Sequence[Dossier]:
        ids = sorted(one for one in self._transfers if after is None or one > after)
        return [self._dossier(self._transfers[one]) for one in ids[:limit]]

    def _dossier(self, one: Transfer) -> Dossier:
        kept = self._tables.evidence.get(one.id, ())
        return Dossier(
            transfer=one,
            steps=self.steps(one.id),
            postings=self._tables.postings.get(one.id, ()),
            proofs=[(reference, evidence.source, meaning) for reference, evidence, meaning in kept],
        )

    def _named(self, name: str) -> Transfer:
        for one in self._transfers.values():
            if name == one.number or name.lower() in (str(one.id), one.id.hex):
                return one
        raise NotFound


class MemoryCallbacks:
    """See `ports.store.Callbacks`."""

    def __init__(self, tables: Tables) -> None:
        self._callbacks = tables.callbacks

    def add(self, callback: Callback, reference: UUID | None) -> None:
        self._callbacks[len(self._callbacks)] = (callback, reference)

    def last_at(self, operator: str) -> datetime | None:
        known = (callback for callback, reference in self._callbacks.values() if reference is not None)
        return max((one.received_at for one in known if one.operator == operator), default=None)

    def has_token(self, operator: str, token: str) -> bool:
        return any((one.operator, one.token) == (operator, token) for one, _ in self._callbacks.values())
