"""A browser, servers to look at, and pages that must stay quiet."""

from __future__ import annotations

from collections.abc import Iterator

import page_shop
import pytest
from page_browser import CHROMIUM, Browser, Page
from page_site import Site, served


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One process for all tests."""
    if CHROMIUM is None:
        pytest.skip("needs chromium")
    started = Browser(tmp_path_factory.mktemp("chromium"))
    yield started
    started.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A small shop."""
    with served(page_shop.shop(tmp_path_factory.mktemp("page") / "shop")) as site:
        yield site


@pytest.fixture(scope="session")
def hostile_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One whose ids and titles are hostile."""
    with served(page_shop.hostile(tmp_path_factory.mktemp("page") / "hostile")) as site:
        yield site


@pytest.fixture(scope="session")
def guarded_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One that asks for a token."""
    shop = page_shop.shop(tmp_path_factory.mktemp("page") / "guarded")
    with served(shop, token="not-told-to-everybody") as site:
        yield site


@pytest.fixture
def tolerant(browser: Browser, site: Site) -> Iterator[Page]:
    """A page of the shop that may complain, as of an answer that is a refusal."""
    page = browser.page()
    page.go(site.url)
    page.wait("document.querySelector('#about').textContent")
    yield page
    page.close()


@pytest.fixture
def page(tolerant: Page, site: Site) -> Iterator[Page]:
    """One that neither complains nor asks anybody but its server."""
    yield tolerant
    assert tolerant.complaints() == []
    own = (site.url, f"blob:{site.url}", "data:,")
    assert [url for url in tolerant.asked() if not url.startswith(own)] == []
