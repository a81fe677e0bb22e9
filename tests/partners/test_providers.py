"""Providers: the origins that they allow, their tests, and the results of an access."""

from datetime import UTC, datetime

import pytest

from widget_gateway.domain.partners.providers import (
    Provider,
    TestKind,
    TestPolicy,
    parse_origin,
    results_allowed,
)

pytestmark = pytest.mark.fast


def provider(**fields):
    return Provider(slug="p", name="P", created_at=datetime.now(UTC), **fields)


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://partner.example", "https://partner.example"),
        ("https://partner.example/", "https://partner.example"),
        (" HTTPS://Partner.Example ", "https://partner.example"),
        ("https://partner.example:443", "https://partner.example"),
        ("http://partner.example:80", "http://partner.example"),
        ("https://partner.example:8443", "https://partner.example:8443"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("https://Пример.рф", "https://xn--e1afmkfd.xn--p1ai"),
    ],
)
def test_an_origin_is_written_as_browsers_send_it(text, origin):
    assert parse_origin(text) == origin


@pytest.mark.parametrize(
    "text",
    [
        *("", "*", "null", "partner.example", "//partner.example", "ftp://partner.example"),
        *("https://", "https://partner.example/shop", "https://partner.example?x", "javascript:1"),
        *("https://user@partner.example", "https://partner.example:x", "https://a..b"),
        *("https://a b", "https://*.example", "https://partner.example:99999", "https://a;b"),
    ],
)
def test_what_is_no_origin_is_refused(text):
    assert parse_origin(text) is None


def test_origins_are_compared_whole():
    partner = provider(origins=("https://partner.example",))
    assert partner.allows_origin("https://partner.example")
    assert partner.allows_origin("HTTPS://PARTNER.EXAMPLE")
    for foreign in ("http://partner.example", "https://partner.example.evil", "null", ""):
        assert not partner.allows_origin(foreign)


@pytest.mark.parametrize("allowed", [True, False])
def test_a_client_without_origin_is_let_in_where_the_partner_says_so(allowed):
    assert provider(allow_no_origin=allowed).allows_origin(None) is allowed


def test_without_main_tests_every_test_is_a_main_one_but_the_bonus_ones():
    partner = provider(bonus_tests=("b",))
    assert [partner.kind_of(test) for test in "ab"] == [TestKind.MAIN, TestKind.BONUS]


def test_with_main_tests_the_others_are_forbidden():
    partner = provider(main_tests=("a",), bonus_tests=("b",))
    assert [partner.kind_of(test) for test in "abc"] == [
        TestKind.MAIN,
        TestKind.BONUS,
        TestKind.FORBIDDEN,
    ]


@pytest.mark.parametrize(
    ("policy", "main", "bonus"),
    [
        (TestPolicy.ONE_TEST, 1, 0),
        (TestPolicy.ONE_TEST_ONE_BONUS, 1, 1),
        (TestPolicy.UNLIMITED, None, None),
    ],
)
def test_a_policy_says_how_many_results_an_access_holds(policy, main, bonus):
    assert results_allowed(policy, TestKind.MAIN) == main
    assert results_allowed(policy, TestKind.BONUS) == bonus
    assert results_allowed(policy, TestKind.FORBIDDEN) == 0
