"""A reload takes all of the new settings, or none."""

import pytest

from adapters.ideogram.client import Ideogram
from config.catalogue import Upstream
from config.settings import Settings, load
from service.current import Current

KEY = {"IDEOGATE_UPSTREAM_API_KEY": "k-1"}


def client(settings: Settings, upstream: Upstream) -> Ideogram:
    keys = [key.reveal() for key in settings.upstream_keys[upstream.name]]
    return Ideogram(upstream.base_url, keys, failed_is_free=False, image_hosts=(), deadline=1)


async def test_a_client_that_cannot_be_made_leaves_everything_as_it_was() -> None:
    settings = load(KEY)
    current = Current(settings, client)
    before = dict(current.suppliers)
    with pytest.raises(KeyError):
        current.take(load({"IDEOGATE_UPSTREAM_URL": "sandbox:"}))  # no key to make one with
    assert current.suppliers == before
    assert current.settings is settings
    await current.aclose()


async def test_a_rotated_key_brings_a_new_client_under_the_same_name() -> None:
    current = Current(load(KEY), client)
    before = current.suppliers["aihubmix"]
    current.take(load({"IDEOGATE_UPSTREAM_API_KEY": "k-2"}))
    assert list(current.suppliers) == ["aihubmix"]
    assert current.suppliers["aihubmix"] is not before
    await current.aclose()
