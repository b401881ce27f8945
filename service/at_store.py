"""A command at the store: settings from the environment, and every refusal as one sentence."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Final, TypeVar

import click

from config.settings import BadSettings, Settings, load
from service.key_records import NoSuchKey
from service.limits import BadLimit
from service.serve import REFUSED
from service.storeroom import Storeroom, open_storeroom

T = TypeVar("T")
ANSWERED: Final = (*REFUSED, NoSuchKey, BadLimit)


def settings_now() -> Settings:
    """Raises click.ClickException."""
    try:
        return load(os.environ, terminal=sys.stderr.isatty())
    except BadSettings as bad:
        raise click.ClickException(str(bad)) from bad


def at_store(work: Callable[[Storeroom], Awaitable[T]]) -> T:
    """Open the store, do the work, close it. Raises click.ClickException."""

    async def done() -> T:
        async with AsyncExitStack() as stack:
            return await work(await open_storeroom(settings, stack))

    settings = settings_now()
    try:
        return asyncio.run(done())
    except ANSWERED as refusal:
        raise click.ClickException(str(refusal)) from refusal
