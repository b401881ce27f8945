"""The published document: valid, and the same as the routes."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final

import pytest
from litestar import Litestar
from openapi_spec_validator import validate

from adapters.store.client import connect
from config.settings import load
from service.administration.routes import ROOT
from service.administration.table import ENDPOINTS
from service.app import build
from service.keyspace import Keyspace
from service.openapi import document
from service.storeroom import Storeroom
from tests.service.conftest import Site
from tests.stores import start_valkey


@pytest.fixture(params=["sandbox", "aihubmix"])
async def app(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[tuple[Litestar, Any]]:
    environ = {} if request.param == "sandbox" else {"IDEOGATE_UPSTREAM_API_KEY": "k"}
    settings = load(environ)
    with start_valkey() as server:
        async with AsyncExitStack() as stack:
            store = await connect(server.url)
            stack.push_async_callback(store.aclose)
            names = Keyspace(settings.organization)
            room = Storeroom(
                store=store, names=names, peppers=(b"p",), folder=tmp_path, kind="embedded"
            )
            built = await build(settings, room, stack)
            told = document(public_url=settings.public_url, sandbox=settings.sandbox)
            yield built.app, told


_PARAM: Final = re.compile(r"\{(\w+):\w+\}")


def _methods(route: Any) -> set[str]:
    methods = {one.lower() for one in route.methods} - {"options"}
    return methods or {"get", "post"}  # plain ASGI routes check theirs themselves


async def test_the_document_names_the_routes_and_no_other(app: tuple[Litestar, Any]) -> None:
    served, told = app
    routes = {route.path_format: _methods(route) for route in served.routes}
    del routes[ROOT]  # one route of the framework; its own table says which paths there are
    for endpoint in ENDPOINTS:
        routes.setdefault(_PARAM.sub(r"{\1}", endpoint.path), set()).add(endpoint.method.lower())
    assert set(routes) == set(told["paths"])
    for path, operations in told["paths"].items():
        assert operations.keys() - {"parameters"} <= routes[path], path


@pytest.mark.parametrize("sandbox", [False, True])
def test_the_document_is_valid(sandbox: bool) -> None:
    told = document(public_url="http://127.0.0.1:8000", sandbox=sandbox)
    validate(told)
    assert ("/sandbox/images/{name}" in told["paths"]) is sandbox
    ids = [
        operation["operationId"]
        for path in told["paths"].values()
        for name, operation in path.items()
        if name != "parameters"
    ]
    assert len(ids) == len(set(ids))


async def test_the_document_is_served_as_it_is(site: Site) -> None:
    answer = await site.get("/v1/openapi.json")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json == document(public_url=site.gateway.root, sandbox=False)
