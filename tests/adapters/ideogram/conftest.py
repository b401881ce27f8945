"""What a broken connection raises may depend on the loop: these tests run on both."""

import asyncio
from collections.abc import Callable

import pytest
import uvloop


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Production runs on uvloop; the standard loop stands in where that is not to be had."""
    del config
    if item.path.name.startswith(("test_client_", "test_inputs_")):
        return {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}
    return {"uvloop": uvloop.new_event_loop}
