"""Fixtures of the tests that send pictures: gateways that several modules share."""

from collections.abc import Iterator

import pytest

from tests.service.editing import Editor, start_editor


@pytest.fixture(scope="session")
def editor() -> Iterator[Editor]:
    """In front of AiHubMix's routes."""
    with start_editor("aihubmix") as one:
        yield one


@pytest.fixture(scope="session")
def official() -> Iterator[Editor]:
    """In front of Ideogram's own API."""
    with start_editor("ideogram") as one:
        yield one


@pytest.fixture
def unmoved(editor: Editor) -> Iterator[Editor]:
    """The editor, for a test after which nothing may be held and nothing may have been sent."""
    before = editor.money()
    yield editor
    assert editor.money() == before
