from __future__ import annotations

import pytest

from server.addresses import hostname, is_loopback_name, parse_origin
from server.errors import HttpRefusal
from server.http.access import rules

LOCAL = rules("127.0.0.1", ["https://lab.example:8443", "null"])


@pytest.mark.parametrize("host", ["127.0.0.1:8765", "localhost:8765", "LOCALHOST", "[::1]:8765", "127.9.9.9"])
def test_names_of_this_machine_are_answered(host: str) -> None:
    LOCAL.check_host(host)


@pytest.mark.parametrize("host", [None, "", "evil.example:8765", "192.168.1.5", "localhost.evil.example", "[x"])
def test_other_names_are_not_answered_when_bound_to_loopback(host: str | None) -> None:
    with pytest.raises(HttpRefusal) as refused:
        LOCAL.check_host(host)
    assert (refused.value.status, refused.value.code) == (403, "foreign_host")


def test_the_host_of_a_listed_origin_is_answered() -> None:
    LOCAL.check_host("lab.example:8443")


def test_bound_to_the_network_bare_addresses_and_the_bound_name_are_answered_but_no_foreign_name() -> None:
    open_to_all = rules("0.0.0.0", [])
    open_to_all.check_host("192.168.1.5:8765")
    rules("gaze.lan", []).check_host("GAZE.lan:8765")
    with pytest.raises(HttpRefusal):
        open_to_all.check_host("evil.example:8765")


@pytest.mark.parametrize(
    ("origin", "host", "peer"),
    [
        ("http://127.0.0.1:8765", "127.0.0.1:8765", "127.0.0.1"),
        ("http://LOCALHOST:8765", "localhost:8765", "127.0.0.1"),
        ("https://lab.example:8443", "127.0.0.1:8765", "10.0.0.9"),
        ("null", "127.0.0.1:8765", "127.0.0.1"),
        (None, "127.0.0.1:8765", "127.0.0.1"),
        (None, "127.0.0.1:8765", "::1"),
    ],
)
def test_our_page_listed_origins_and_local_programs_are_let_in(origin: str | None, host: str, peer: str) -> None:
    LOCAL.check_origin(origin, host, peer)


@pytest.mark.parametrize(
    ("origin", "peer"),
    [
        ("http://evil.example", "127.0.0.1"),
        ("http://127.0.0.1:3000", "127.0.0.1"),
        ("http://127.0.0.1:8765.evil.example", "127.0.0.1"),
        ("https://lab.example", "127.0.0.1"),
        ("ftp://127.0.0.1:8765", "127.0.0.1"),
        ("", "127.0.0.1"),
        (None, "10.0.0.9"),
        (None, None),
    ],
)
def test_foreign_pages_and_programs_elsewhere_are_refused(origin: str | None, peer: str | None) -> None:
    with pytest.raises(HttpRefusal) as refused:
        LOCAL.check_origin(origin, "127.0.0.1:8765", peer)
    assert (refused.value.status, refused.value.code) == (403, "foreign_origin")


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_request_of_another_site_without_an_origin_is_refused_even_with_a_token(site: str) -> None:
    with pytest.raises(HttpRefusal) as refused:
        LOCAL.check_origin(None, "127.0.0.1:8765", "127.0.0.1", site=site, has_token=True)
    assert refused.value.code == "foreign_origin"


def test_a_program_elsewhere_is_let_in_with_a_token() -> None:
    LOCAL.check_origin(None, "127.0.0.1:8765", "10.0.0.9", has_token=True)
    LOCAL.check_origin(None, "127.0.0.1:8765", "10.0.0.9", site="same-origin")


def test_reading_without_a_token_is_open_only_on_this_machine() -> None:
    assert LOCAL.reading_is_open("127.0.0.1:8765", forwarded=False)
    assert not LOCAL.reading_is_open("127.0.0.1:8765", forwarded=True)
    assert not LOCAL.reading_is_open("lab.example", forwarded=False)
    assert not rules("0.0.0.0", []).reading_is_open("127.0.0.1:8765", forwarded=False)


def test_null_is_refused_unless_listed() -> None:
    with pytest.raises(HttpRefusal):
        rules("127.0.0.1", []).check_origin("null", "127.0.0.1:8765", "127.0.0.1")


def test_an_origin_is_kept_as_browsers_write_it() -> None:
    assert parse_origin("HTTPS://Lab.Example:8443/") == "https://lab.example:8443"


@pytest.mark.parametrize("text", ["*", "lab.example", "ftp://lab.example", "http://", "http://lab.example/path", ""])
def test_an_invalid_origin_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="an origin looks like"):
        parse_origin(text)


def test_a_host_header_gives_its_name() -> None:
    assert hostname("[::1]:80") == "::1"
    assert hostname("Example.org:80") == "example.org"
    assert not is_loopback_name("example.org")
