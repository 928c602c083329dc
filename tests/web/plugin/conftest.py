"""The fixture of the plugin's tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.foreign_page import open_site, plugin_page, strict_policy
from tests.support.plugin_page import PluginSites
from tests.support.server_process import server_process


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PluginSites]:
    with (
        open_site() as friend,
        open_site() as stranger,
        server_process(tmp_path_factory.mktemp("profiles"), "--allow-origin", friend.origin) as server,
    ):
        for site in (friend, stranger):
            site.pages["/"] = plugin_page(server, {"purpose": "We want to know which of these texts is read."})
            site.headers["/"] = {"Content-Security-Policy": strict_policy(server)}
        yield PluginSites(server, friend, stranger)
