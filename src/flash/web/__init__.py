"""The web application: Pyramid over ready-made services."""

import atexit
from typing import Any

from pyramid.config import Configurator

from flash.adapters import telemetry
from flash.logs import talk_more
from flash.settings import BadSettings, Settings, flag, whole
from flash.usecases.watch import Watcher
from flash.web.api.config import ABOUT
from flash.web.api.config import from_settings as about_from
from flash.web.cors import ORIGINS, origins
from flash.web.doors import DOORS, behind_proxies, proxies
from flash.web.doors import from_settings as doors_from
from flash.web.envelope import SECURE
from flash.web.freshness import WATCHER
from flash.wiring import Services, build, uses_only_the_sandbox


def main(global_config: dict[str, str], **settings: str) -> Any:  # noqa: ARG001 - PasteDeploy gives both
    """Build what `pserve` serves, and start the jobs that work in this process."""
    ini = Settings(settings)
    try:
        services = build(ini)
        atexit.register(telemetry.start(ini, "web"))
        with ini.reading() as read:
            trusted = read("flash.trusted_proxy", proxies, " ")
            debug = read("flash.debug", flag, "false")
        app = make_app(services, ini)
    except BadSettings as error:
        raise SystemExit(str(error)) from None
    services.jobs.start(services.work())
    if debug:
        talk_more()
    return behind_proxies(app, trusted)


def make_app(services: Services, settings: Settings) -> Any:
    """Return the WSGI application.

    Args:
        services: what the use cases need.
        settings: only `pyramid*` gets into Pyramid's own, so that no secret does.

    Raises:
        BadSettings: what browsers are told cannot be read.
    """
    with settings.reading() as read:
        allowed = read("flash.cors_origins", origins, " ")
        public_url = read("flash.public_url", str, " ")
        waiting = read("flash.waiting", whole, "1")
        debug = read("flash.debug", flag, "false")
    doors = doors_from(settings, more_origins=allowed)
    demo = uses_only_the_sandbox(settings)
    about = about_from(settings, demo=demo)
    config = Configurator(
        settings={
            "pyramid_openapi3.enable_response_validation": debug,
            **{f"pyramid{key}": text for key, text in settings.under("pyramid").items()},
            "tm.manager_hook": "pyramid_tm.explicit_manager",
            "tm.commit_veto": "pyramid_tm.default_commit_veto",
            "tm.annotate_user": False,
        }
    )
    config.add_request_method(lambda _: services, "services", property=True)
    config.add_request_method(lambda request: services.database.open(request.tm), "store", reify=True)
    config.include("pyramid_tm")  # Before the API: what validation refuses must not be committed already.
    config.registry[ABOUT] = about
    config.registry[ORIGINS] = allowed
    config.registry[DOORS] = doors
    config.registry[SECURE] = public_url.lower().startswith("https://")
    config.registry[WATCHER] = Watcher(services.database.snapshot, seats=waiting)
    config.include("flash.web.metrics")
    config.include("flash.web.access")
    config.include("flash.web.envelope")
    config.include("flash.web.doors")
    config.include("flash.web.freshness")
    config.include("flash.web.cors")
    config.include("flash.web.security")
    config.include("flash.web.partners")
    config.include("flash.web.api")
    config.include("flash.web.callbacks")
    config.include("flash.web.app")
    if demo:
        config.include("flash.web.demo")
    config.scan("flash.web.errors")
    return config.make_wsgi_app()
