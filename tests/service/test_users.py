"""Whom images are drawn for, as the books say it."""

import re
from pathlib import Path

import msgspec
import pytest

from adapters.openai.requests import Edit, Upload, read_generate
from adapters.translate.describing import plan_describe
from adapters.translate.edits import plan_edit
from adapters.translate.plan import Input, Inputs, Rules
from adapters.translate.variations import plan_variation
from config.settings import BadSettings, UserRule, load
from service.ledger import Ledger
from service.users import Nobody, Users
from tests.money.books import CALLER, SETTINGS, Books, Supplier, plan_of
from tests.money.outcomes import drawn
from tests.money.told import told

pytest_plugins = ["tests.money.plugin"]
PEPPER = b"pepper-of-the-tests-32-characters"


def users(rule: UserRule = "hashed", pepper: bytes = PEPPER, most: int = 1000) -> Users:
    settings = msgspec.structs.replace(SETTINGS, user_ids=rule, most_users=most)
    return Users(pepper, lambda: settings)


def test_a_user_is_a_keyed_hash_unless_it_is_asked_otherwise() -> None:
    booked = users().booked("ann@example.com")
    assert re.fullmatch("user_[0-9a-f]{24}", booked)
    assert booked == users().booked("ann@example.com") == users().digest("ann@example.com")
    assert booked != users().booked("bob@example.com")
    assert booked != users(pepper=b"another").booked("ann@example.com")


@pytest.mark.parametrize(
    ("rule", "user", "booked"),
    [
        ("plain", "ann@example.com", "ann@example.com"),
        ("plain", 'Zoë 7/\\"', 'Zoë 7/\\"'),
        ("plain", "x" * 512, "x" * 512),
        ("plain", "x" * 513, None),
        ("plain", "two\nlines", None),
        ("plain", "other", None),  # which all further ones are
        ("none", "ann@example.com", ""),
        ("none", "", ""),
        ("plain", "", ""),
        ("hashed", "", ""),
    ],
)  # fmt: skip
def test_names_are_plain_or_left_out_where_the_operator_says_so(
    rule: UserRule, user: str, booked: str | None
) -> None:
    expected = users().digest(user) if booked is None else booked
    assert users(rule).booked(user) == expected


def test_without_users_nobody_is_told_apart() -> None:
    assert Nobody().booked("ann@example.com") == ""


@pytest.mark.parametrize(
    ("asked", "user"),
    [
        ({}, ""),
        ({"user": "u"}, "u"),
        ({"safety_identifier": "s"}, "s"),
        ({"user": "u", "safety_identifier": "s"}, "s"),
        ({"user": "u", "safety_identifier": ""}, "u"),
    ],
)
def test_the_safety_identifier_comes_before_the_user(asked: dict[str, str], user: str) -> None:
    assert plan_of(**asked).user == user


def test_every_route_has_its_source_and_its_user() -> None:
    ask = Edit(prompt="a fox", images=(Upload("image", b"x"),), user="u")
    inputs = Inputs(image=Input(content=b"x", format="png", width=1024, height=1024))
    told_ = msgspec.structs.replace(ask, prompt="")
    plans = [
        plan_of(user="u"),
        plan_edit(ask, inputs, SETTINGS.catalogue, SETTINGS.upstreams, Rules()),
        plan_variation(told_, inputs, SETTINGS.catalogue, SETTINGS.upstreams, Rules()),
        plan_describe(told_, inputs, SETTINGS.catalogue, SETTINGS.upstreams, Rules()),
    ]
    assert [plan.source for plan in plans] == [
        "image.generation", "image.edit", "image.variation", "image.description",
    ]  # fmt: skip
    assert {plan.user for plan in plans} == {"u"}
    assert read_generate(b'{"prompt": "a"}', unknown_parameters="near").user is None


async def test_the_books_never_hear_the_name_that_was_sent(books: Books) -> None:
    booked = Books(books.store, books.names, Ledger(books.store, books.names, users=users()))
    supplier = Supplier(lambda payload: drawn(payload.images))
    order = await booked.orders(supplier).begin(plan_of(user="ann@example.com"), CALLER)
    assert (await told(order)).status == 200
    assert order.folio.user == users().digest("ann@example.com")
    keys = await books.store.call("KEYS", f"{books.names.root}:*")
    buckets = [key for key in keys if b":usage:" in key or b":costs:" in key]
    rows = await books.store.call_all([("HGETALL", key) for key in buckets])
    kept = [*await books.journal(), await books.record(order.id), *rows]
    assert "ann@example.com" not in str(kept) + str(keys)
    assert str(kept).count(order.folio.user) >= 5  # hold, post, record, and usage's buckets
    await booked.desk.stop()


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('user_ids = "md5"', "user_ids"),
        ("most_users = -1", "most_users holds -1"),
        ("most_users = 100001", "most_users holds 100001"),
        ("most_users = 1.5", "most_users"),
    ],
)
def test_a_rule_that_is_none_is_refused_by_name(tmp_path: Path, line: str, problem: str) -> None:
    file = tmp_path / "ideogate.toml"
    file.write_text(f"[defaults]\n{line}\n")
    with pytest.raises(BadSettings, match=problem):
        load({"IDEOGATE_CONFIG": str(file)})


def test_a_rule_that_is_one_is_taken(tmp_path: Path) -> None:
    file = tmp_path / "ideogate.toml"
    file.write_text('[defaults]\nuser_ids = "plain"\nmost_users = 0\n')
    found = load({"IDEOGATE_CONFIG": str(file)})
    assert (found.user_ids, found.most_users) == ("plain", 0)
