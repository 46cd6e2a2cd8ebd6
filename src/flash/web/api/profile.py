"""What a person tells about themselves, and how their phone shall behave."""

from typing import Any

from pyramid.view import view_config

from flash.domain.account import Account
from flash.domain.profile import Profile
from flash.usecases.profile import change_details, change_profile, change_settings
from flash.web.api.shapes import user

SETTINGS = {
    "biometrics_enabled": "biometrics_enabled",
    "auto_lock_enabled": "auto_lock_enabled",
    "auto_lock_time": "auto_lock_minutes",
}
"""What the mobile contract calls each setting, and what it is called here."""


@view_config(route_name="update_profile", request_method="PATCH", openapi=True, renderer="json")
def update_profile(request: Any) -> dict[str, Any]:
    """Change name, email address and language."""
    account = change_details(request.openapi_validated.body, request.account, store=request.store)
    return {"user": user(account), "message": "Your profile is saved."}


@view_config(route_name="profile", request_method="GET", openapi=True, renderer="json")
def show_profile(request: Any) -> dict[str, Any]:
    """Show everything that the person told."""
    return profile_shape(request.account, request.store.profiles.get(request.account.id))


@view_config(route_name="profile", request_method="PATCH", openapi=True, renderer="json")
def patch_profile(request: Any) -> dict[str, Any]:
    """Change what is named."""
    person = change_profile(
        request.openapi_validated.body, request.account, store=request.store, clock=request.services.clock
    )
    return profile_shape(person.account, person.profile)


@view_config(route_name="security_settings", request_method="GET", openapi=True, renderer="json")
def show_settings(request: Any) -> dict[str, Any]:
    """Show how the phone shall behave."""
    return settings_shape(request.store.profiles.get(request.account.id))


@view_config(route_name="security_settings", request_method="PATCH", openapi=True, renderer="json")
def patch_settings(request: Any) -> dict[str, Any]:
    """Change what is named."""
    body = request.openapi_validated.body
    changes = {
        ours: int(body[theirs]) if ours == "auto_lock_minutes" else body[theirs]
        for theirs, ours in SETTINGS.items()
        if theirs in body
    }
    return settings_shape(change_settings(changes, request.account, store=request.store))


def profile_shape(account: Account, profile: Profile) -> dict[str, Any]:
    """Return a person as they told about themselves."""
    return {
        "phone_number": account.msisdn.e164,
        "full_name": account.full_name,
        "email": account.email,
        "date_of_birth": profile.date_of_birth.isoformat() if profile.date_of_birth else None,
        "address": profile.address,
        "id_number": profile.id_number,
        "kyc_tier": account.tier,
        "language": account.language,
    }


def settings_shape(profile: Profile) -> dict[str, Any]:
    """Return the settings of a person's phone."""
    return {theirs: getattr(profile, ours) for theirs, ours in SETTINGS.items()}
