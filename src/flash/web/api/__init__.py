"""The REST API of the mobile app and of whoever else speaks it."""

from pathlib import Path

from pyramid.config import Configurator
from pyramid.events import ApplicationCreated, subscriber

from flash.web.api.validation import Document

DOCUMENT = Path(__file__).with_name("openapi.yaml")


def includeme(config: Configurator) -> None:
    """Take the routes from openapi.yaml, and the views from the modules beside it."""
    config.include("pyramid_openapi3")
    config.pyramid_openapi3_spec(str(DOCUMENT), route="/api/openapi.yaml")
    config.pyramid_openapi3_register_routes()
    config.add_route("pay_page", "/pay/{secret:[a-z2-7]{32}}")
    config.add_route("docs", "/api/docs/")
    config.add_route("docs_asset", "/api/docs/assets/{name}")
    config.scan("flash.web.api")


@subscriber(ApplicationCreated)
def _validate_faster(event: ApplicationCreated) -> None:
    """Put our validators in the place of openapi-core's, which take 5 ms a request."""
    api = event.app.registry.settings["pyramid_openapi3"]
    api["request_validator"] = api["response_validator"] = Document(api["spec"].read_value())
