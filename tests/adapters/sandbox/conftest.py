"""A sandbox and a client for it, without a socket."""

from collections.abc import AsyncIterator

import httpx
import pytest

from adapters.sandbox.app import Sandbox, build
from tests.adapters.sandbox.calls import KEY


@pytest.fixture
def sandbox() -> Sandbox:
    return build(
        public_url="http://pictures.test/", folder=None, keys={"first-key"}, prefix="/sandbox"
    )


@pytest.fixture
async def client(sandbox: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(sandbox)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://sandbox.test", headers=KEY
    ) as client:
        yield client
