"""Whom a person pays often."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from pyramid.view import view_config

from flash.domain.contact import Contact
from flash.domain.msisdn import parse_msisdn
from flash.usecases.contacts import add_contact, change_contact, new_contact, remove_contact
from flash.web.api.shapes import instant


@view_config(route_name="contacts", request_method="GET", openapi=True, renderer="json")
def list_contacts(request: Any) -> list[dict[str, Any]]:
    """List the caller's contacts."""
    wanted = request.openapi_validated.parameters
    after = UUID(wanted["after"]) if "after" in wanted else None
    found = request.store.contacts.list(request.account.id, after=after, limit=wanted["limit"])
    return [contact_shape(one) for one in found]


@view_config(route_name="contacts", request_method="POST", openapi=True, renderer="json")
def post_contact(request: Any) -> dict[str, Any]:
    """Add a contact."""
    services, body, account = request.services, request.openapi_validated.body, request.account
    msisdn = parse_msisdn(body["contact_phone"], field="contact_phone")
    contact = new_contact(body["contact_name"], msisdn, account, clock=services.clock, chance=services.chance)
    contact = replace(contact, is_favourite=body.get("is_favourite", False))
    added = add_contact(contact, account, store=request.store)
    request.response.status_int = 201
    return contact_shape(added)


@view_config(route_name="contact", request_method="PATCH", openapi=True, renderer="json")
@view_config(route_name="contact", request_method="PUT", openapi=True, renderer="json")
def patch_contact(request: Any) -> dict[str, Any]:
    """Change what is named of a contact."""
    wanted, body = request.openapi_validated.parameters, request.openapi_validated.body
    changes: dict[str, Any] = {}
    if "contact_name" in body:
        changes["name"] = body["contact_name"]
    if "contact_phone" in body:
        changes["msisdn"] = parse_msisdn(body["contact_phone"], field="contact_phone")
    if "is_favourite" in body:
        changes["is_favourite"] = body["is_favourite"]
    return contact_shape(change_contact(UUID(wanted["id"]), changes, request.account, store=request.store))


@view_config(route_name="contact", request_method="DELETE", openapi=True, renderer="json")
def delete_contact(request: Any) -> dict[str, Any]:
    """Take a contact off the list."""
    remove_contact(UUID(request.openapi_validated.parameters["id"]), request.account, store=request.store)
    return {"message": "The contact is deleted."}


def contact_shape(contact: Contact) -> dict[str, Any]:
    """Return a row of the mobile contract, section 1, row 16."""
    return {
        "id": str(contact.id),
        "contact_name": contact.name,
        "contact_phone": contact.msisdn.e164,
        "is_favourite": contact.is_favourite,
        "created_at": instant(contact.created_at),
    }
