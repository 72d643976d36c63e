"""A hundred hostile titles and a hundred hostile ids are texts on the page, and nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from page_browser import Browser, Page
from page_hostile import TEXTS
from page_shop import LONGEST
from page_site import Site

WATCH = """
window.hits = [];
window.hit = (...all) => window.hits.push(all);
window.alert = window.confirm = window.prompt = window.hit;
addEventListener('securitypolicyviolation', (e) => window.hits.push(e.blockedURI));
"""
UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u200b\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
OWN = {"li", "div", "span", "bdi", "button", "ol", "ul", "p", "table", "caption", "tbody", "tr", "th", "td"}
OWN |= {"figure", "figcaption", "img", "h3", "details", "summary"}


def seen(text: str) -> str:
    """As the page shows it: what can't be seen, or turns the direction, by its name."""
    return UNSEEN.sub(lambda found: _name(ord(found[0])), text)


def _name(code: int) -> str:
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else f"\u27e8U+{code:04X}\u27e9"


@pytest.fixture
def page(browser: Browser, hostile_site: Site) -> Iterator[Page]:
    """The page of the hostile shop, which runs none of it and asks nobody but its server."""
    page = browser.page()
    page.ask("Page.addScriptToEvaluateOnNewDocument", source=WATCH)
    page.go(hostile_site.url)
    page.wait("document.querySelector('#about').textContent")
    yield page
    assert page.js("window.hits") == []
    assert page.complaints() == []
    own = (hostile_site.url, f"blob:{hostile_site.url}", "data:,")
    assert [url for url in page.asked() if not url.startswith(own)] == []
    page.close()


def of_lists(page: Page) -> set[str]:
    """Names of all elements in what came from data."""
    found = "document.querySelectorAll('#list *, #history *, #found *, #offers *')"
    return set(page.js(f"[...{found}].map((e) => e.localName)"))


def test_every_title_and_id_of_items_is_text(page: Page) -> None:
    page.click("[name=mode][value=history]")
    page.js("document.querySelector('#k').value = 100")
    page.click("#offers button")
    page.wait("document.querySelectorAll('#list > li').length === 99")
    titles = page.texts("#list .row .title, #history .title")
    ids = page.texts("#list .row .id, #history .id")
    assert sorted(titles) == sorted(map(seen, TEXTS))
    assert sorted(ids) == sorted(seen(text[:LONGEST]) for text in TEXTS)
    assert of_lists(page) <= OWN
    assert page.js("document.documentElement.scrollWidth <= innerWidth")


def test_users_with_such_ids_are_found_and_get_lists_with_reasons(page: Page) -> None:
    for user in (text[:LONGEST] for text in TEXTS[::9]):
        page.click("#search")
        page.js("document.querySelector('#search').value = ''")
        page.type(re.split("[\t\n\r]", user)[0][:100])  # as much as fits into a line, and into a search
        text = json.dumps(seen(user))
        page.wait(f"[...document.querySelectorAll('#found .title')].some((e) => e.textContent === {text})")
        nth = page.texts("#found .title").index(seen(user))
        page.click("#found li", nth)
        page.wait(f"document.querySelector('#heading bdi')?.textContent === {text}")
        page.wait("document.querySelector('.drawing img')?.naturalWidth > 0")
        assert of_lists(page) <= OWN, user


def test_explanations_and_likenesses_of_every_item_are_text(page: Page) -> None:
    page.js("document.querySelector('#k').value = 100")
    page.click("#search")
    page.wait("document.querySelector('#found li')")
    page.click("#found li")
    page.wait("document.querySelectorAll('#list > li').length > 80")
    page.js("document.querySelectorAll('[data-why][aria-expanded=false]').forEach((b) => b.click())")
    page.wait("[...document.querySelectorAll('.panel')].every((p) => p.querySelector('.sentence'))")
    assert set(page.texts(".evidence .title")) <= set(map(seen, TEXTS))
    page.wait("[...document.querySelectorAll('.drawing img')].every((i) => i.naturalWidth > 0)")
    page.js("document.querySelectorAll('[data-why] + [aria-expanded]').forEach((b) => b.click())")
    page.wait("[...document.querySelectorAll('.panel')].every((p) => p.querySelector('.alike'))")
    assert set(page.texts(".alike .title")) <= set(map(seen, TEXTS))
    assert of_lists(page) <= OWN


def test_the_servers_name_is_text(page: Page) -> None:
    assert page.js("document.querySelectorAll('#name *').length") == 0
