"""Block a number: what it asks is not shown any more. Whoever has it notices nothing."""

from uuid import UUID

from flash.domain.account import Account
from flash.domain.errors import BadInput, NotAllowed, NotFound
from flash.domain.msisdn import Msisdn
from flash.domain.request import Block
from flash.ports.clock import Chance, Clock
from flash.ports.store import Store


def block_number(msisdn: Msisdn, account: Account, *, store: Store, clock: Clock, chance: Chance) -> Block:
    """Block a number, with an account or without; blocking it again returns the same block.

    Raises:
        BadInput: it is the account's own.
    """
    if msisdn == account.msisdn:
        raise BadInput("You cannot block your own number.", field="phone_number")
    block = Block(id=chance.new_id(), account_id=account.id, msisdn=msisdn, created_at=clock.now())
    return store.blocks.add(block)


def block_requester(name: str, account: Account, *, store: Store, clock: Clock, chance: Chance) -> Block:
    """Block whoever made this request.

    Raises:
        NotFound: there is none, or it asks somebody else.
        NotAllowed: the account made it.
    """
    row = store.requests.find(account, name)
    if row is None:
        raise NotFound
    if row.mine:
        raise NotAllowed("You made this request yourself.")
    return block_number(row.request.requester, account, store=store, clock=clock, chance=chance)


def unblock(block_id: UUID, account: Account, *, store: Store) -> None:
    """End a block.

    Raises:
        NotFound: the account has none with this id.
    """
    if not store.blocks.remove(account.id, block_id):
        raise NotFound
