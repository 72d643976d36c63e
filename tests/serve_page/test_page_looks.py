"""What everybody can use: names, focus, contrast, widths; and what the policy forbids."""

from __future__ import annotations

import pytest
from page_browser import Browser, Page
from page_site import Site

ASKED = {"button", "textbox", "combobox", "slider", "radio", "spinbutton", "link", "listbox", "image"}
CONTRAST = """(() => {
  const channels = (c) => c.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (e) => {
    for (; e; e = e.parentElement) {
      const c = channels(getComputedStyle(e).backgroundColor);
      if (c.length < 4 || c[3] === 1) return c;
    }
    return [255, 255, 255];
  };
  const low = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    const seen = e.checkVisibility() && !e.closest('.unseen, .skip, :disabled + span');
    if (!seen || !walker.currentNode.data.trim()) continue;
    const [a, b] = [light(channels(getComputedStyle(e).color)), light(behind(e))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) low.push([walker.currentNode.data, (a + 0.05) / (b + 0.05)]);
  }
  return low;
})()"""


OUTLINE = """(() => {
  const e = document.activeElement;
  return getComputedStyle(e.matches('[type=radio]') ? e.nextElementSibling : e).outlineStyle;
})()"""
"""Of what has the focus; a radio button's is drawn around its words."""
FORBIDDEN = """(() => {
  const add = (tag, given) => document.body.append(Object.assign(document.createElement(tag), given));
  window.hits = 0;
  add('script', {textContent: 'window.hits++'});
  add('script', {src: 'data:text/javascript,window.hits++'});
  add('img', {src: 'http://127.0.0.2:9/pixel.png'});
})()"""


def fill(page: Page) -> None:
    """Shows all that there is to show."""
    page.click("#search")
    page.type("1")
    page.wait("document.querySelectorAll('#found li').length > 1")
    page.press("ArrowDown")
    page.press("Enter")
    page.wait("document.querySelectorAll('#list > li').length")
    page.click("[data-take]")
    page.wait("document.querySelector('#status').textContent.includes('Changed: ')")
    page.wait("document.querySelector('.evidence') || innerWidth < 861")  # of the first, on wide screens
    page.click("[data-why]", 2)
    page.wait("document.querySelector('#list > li:nth-child(3) .evidence')")
    page.click("#list > li:nth-child(2) .buttons button", 1)
    page.wait("document.querySelector('.alike')")
    page.click("#columns summary")


def test_what_can_be_used_has_a_name_and_buttons_of_rows_are_told_apart_by_ear(page: Page) -> None:
    fill(page)
    tree = page.ask("Accessibility.getFullAXTree")["nodes"]
    asked = [n for n in tree if not n.get("ignored") and n["role"]["value"] in ASKED]
    assert len(asked) > 30
    assert [n for n in asked if not n["name"].get("value", "").strip()] == []
    names = [n["name"]["value"] for n in asked if n["role"]["value"] == "button"]
    whys = [name for name in names if name.startswith("Why ")]
    assert len(whys) == len(set(whys)) == 10


def test_the_keyboard_reaches_everything_and_shows_where_it_is(page: Page) -> None:
    fill(page)
    page.js("document.querySelector('.skip').focus()")
    reached = set()
    for _ in range(100):
        page.press("Tab")
        name = page.js("document.activeElement.id || document.activeElement.localName")
        if name == "body":
            break
        assert page.js(OUTLINE) != "none", name
        reached.add(name)
    assert {"search", "where", "k", "diversity", "a", "button", "summary", "input"} <= reached
    assert page.js("[...document.querySelectorAll('[data-take]')].every((e) => e.tabIndex === 0)")


@pytest.mark.parametrize("width", [1280, 390, 320])
def test_texts_stand_out_and_nothing_is_wider_than_the_screen(page: Page, width: int) -> None:
    page.look(width, dark=False)
    fill(page)
    for dark in (False, True):
        page.look(width, dark)
        assert page.js(CONTRAST) == [], dark
        assert page.js("document.documentElement.scrollWidth <= innerWidth")


def test_the_policy_forbids_scripts_of_others_and_styles_and_frames(browser: Browser, site: Site) -> None:
    page = browser.page()
    page.go(site.url)
    page.js(FORBIDDEN)
    page.wait("performance.now() > 300")
    assert page.js("window.hits") == 0
    assert len([c for c in page.complaints() if "Content Security Policy" in c]) == 3
    page.close()


def test_a_token_is_asked_for_kept_in_the_tab_and_sent(browser: Browser, guarded_site: Site) -> None:
    page = browser.page()
    page.go(guarded_site.url)
    page.wait("document.querySelector('#token-dialog').open")
    page.type("wrong")
    page.press("Enter")
    page.wait("!document.querySelector('#token-error').hidden")
    page.wait("document.querySelector('#token-dialog').open")
    page.type(guarded_site.token)
    page.press("Enter")
    page.wait("document.querySelector('#about').textContent")
    assert page.js("Object.values(sessionStorage)") == [guarded_site.token]
    assert page.js("localStorage.length + document.cookie.length") == 0
    assert guarded_site.token not in page.js("location.href")
    page.close()
