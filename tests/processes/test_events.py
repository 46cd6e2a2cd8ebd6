"""A partner's system behind TLS hears of a payment from the running service: signed, in order, and to its end."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from adapters.test_https_courier import serving
from flash.domain.event import is_genuine
from flash.domain.webhook import Endpoint, endpoint_secret
from processes.profile import Profile, look_into, token_of, until
from processes.test_rehearsal import send
from servers import free_port

KEY = b"not-a-secret-for-the-demo-only"


def test_an_endpoint_hears_of_a_payment_to_its_end(profiles: Callable[..., Profile], tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'demo.db'}"
    with serving(tmp_path, "localhost") as consumer:
        settings = {
            "sqlalchemy.url": url,
            "sandbox.delay_s": "0",
            "sandbox.payout_delay_s": "0",
            "sandbox.success_rate": "1",
            "webhooks.allow": f"localhost:{consumer.port}",
            "webhooks.ca_file": consumer.ca_file,
        }
        profile = profiles("development.ini", settings)
        assert profile.flash("migrate").returncode == 0
        world = look_into(url)
        now = world.clock.now()
        endpoint = Endpoint(
            id=world.chance.new_id(),
            name="shop",
            url=f"https://localhost:{consumer.port}/hook",
            partner_id=None,
            created_at=now,
            busy_until=now,
        )
        with world.database.unit_of_work() as store:
            store.webhooks.add(endpoint)
        send(profile.serve(free_port()), token_of(world, "0960000001"), "0970000002", 10)
        until(lambda: consumer.heard and json.loads(consumer.heard[-1][2])["final"])
        profile.stop()
        world.database.engine.dispose()
    told = [json.loads(body) for _, _, body in consumer.heard]
    assert [event["sequence"] for event in told] == list(range(1, len(told) + 1))
    assert told[-1]["state"] == "completed"
    secret = endpoint_secret(KEY, endpoint.id, 1)
    for _, headers, body in consumer.heard:
        assert is_genuine(headers["Flash-Signature"], body, secret, datetime.now(UTC))
