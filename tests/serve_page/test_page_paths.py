"""What people do on the page: find somebody, see a list and why, take something, see the list change."""

from __future__ import annotations

import json

from page_browser import Page
from page_shop import HUGE
from page_site import Site

STATUS = "document.querySelector('#status').textContent"
HEADING = "document.querySelector('#heading').textContent"


def find(page: Page, text: str) -> None:
    """Types into the search, and waits until what is found is found by that."""
    page.click("#search")
    page.js("document.querySelector('#search').value = ''; performance.clearResourceTimings()")
    page.type(text)
    page.wait(
        "performance.getEntriesByType('resource')"
        f".some((e) => e.name.endsWith('&q=' + encodeURIComponent({text!r})) && e.responseStatus === 200)"
        " && !document.querySelector('#found').hidden"
    )


def choose(page: Page, user: int | str) -> None:
    find(page, str(user))
    page.press("ArrowDown")
    page.press("Enter")
    page.wait(f"{HEADING}.endsWith(' for {user}')")


def listed(page: Page) -> list[str]:
    return page.texts("#list .row .title")


def shown(rows: list[dict]) -> list[str]:
    return [row["title"] or str(row["item"]) for row in rows]


def test_a_user_is_found_by_the_keyboard_and_gets_the_servers_list(page: Page, site: Site) -> None:
    find(page, "1")
    page.press("ArrowDown")
    active = page.js("document.querySelector('#search').getAttribute('aria-activedescendant')")
    assert page.texts("#found [aria-selected=true]") == [page.text(f"#{active}")]
    page.press("Enter")
    page.wait("document.querySelectorAll('#list > li').length")
    user = page.text("#heading bdi")
    assert listed(page) == shown(site.ask("recommend", user=user, k=10)["items"])
    assert page.js("document.querySelector('#found').hidden")
    assert page.texts("#history .title") == shown(site.ask("history", user=user)["items"])


def test_escape_closes_the_search_and_a_click_takes_from_it(page: Page) -> None:
    find(page, "2")
    page.press("Escape")
    assert page.js("document.querySelector('#search').getAttribute('aria-expanded')") == "false"
    find(page, "22")
    page.click("#found li")
    page.wait(f"{HEADING}.endsWith(' for 22')")


def test_why_names_evidence_and_draws_it(page: Page, site: Site) -> None:
    choose(page, 7)
    page.wait("document.querySelector('.drawing img')?.naturalWidth > 0")
    item = site.ask("recommend", user=7, k=1)["items"][0]["item"]
    answer = site.ask("explain", user=7, item=item, top=5)
    best = [row["title"] or str(row["item"]) for row in answer["evidence"][:5]]
    assert page.texts(".evidence .title") == best
    assert page.text(".sentence") == answer["sentence"]
    page.click("[data-why]")
    page.wait("document.querySelector('.panel').hidden")


def test_similar_items_are_shown_and_can_be_taken(page: Page, site: Site) -> None:
    choose(page, 8)
    page.click("#list > li:nth-child(2) .buttons button", 1)
    page.wait("document.querySelector('.alike li')")
    item = site.ask("recommend", user=8, k=2)["items"][1]["item"]
    assert page.texts(".alike .title") == shown(site.ask("similar", items=[item], k=5)["items"][0]["similar"])


def test_taking_an_item_is_an_event_that_changes_the_list(page: Page, site: Site) -> None:
    choose(page, 9)
    before = listed(page)
    page.click("[data-take]", 2)
    page.wait(f"{STATUS}.includes('Changed: ')")
    assert before[2] not in listed(page)
    assert listed(page) == shown(site.ask("recommend", user=9, k=10)["items"])
    page.wait(f"document.querySelector('#history .title')?.textContent === {json.dumps(before[2])}")
    assert shown(site.ask("history", user=9)["items"])[0] == before[2]
    fresh = [title for title in listed(page) if title not in before]
    assert page.texts(".row:has(.change.new) .title") == fresh
    assert page.js("document.activeElement.closest('li') === document.querySelectorAll('#list > li')[2]")


def test_a_history_is_clicked_together(page: Page, site: Site) -> None:
    page.click("[name=mode][value=history]")
    page.click("#offers button", 1)
    page.wait("document.querySelectorAll('#list > li').length === 10")
    page.click("[data-take]", 3)
    page.wait(f"{STATUS}.includes('Changed: ')")
    history = page.texts("#history .id, #history .title:only-child")
    assert len(history) == 2
    answer = site.ask("recommend", history=[int(i) for i in reversed(history)], k=10)
    assert listed(page) == shown(answer["items"])
    page.click("#history button")
    page.wait("document.querySelectorAll('#history li').length === 1")
    page.click("#history button")
    page.wait("document.querySelectorAll('#list > li').length === 0")


def test_a_condition_narrows_the_list(page: Page, site: Site) -> None:
    choose(page, 10)
    page.click("#where")
    page.type("genre = game and price < 30")
    page.press("Enter")
    page.wait(f"{HEADING} && document.querySelectorAll('#list > li').length")
    wanted = shown(site.ask("recommend", user=10, k=10, where="genre = game and price < 30")["items"])
    page.wait(f"document.querySelectorAll('#list > li').length === {len(wanted)}")
    page.wait(f"document.querySelector('#list .title').textContent === {wanted[0]!r}")
    assert listed(page) == wanted


def test_a_wrong_condition_is_told_beside_it(tolerant: Page) -> None:
    page = tolerant
    choose(page, 11)
    page.click("#where")
    page.type("prise < 20")
    page.press("Enter")
    page.wait("!document.querySelector('#where-error').hidden")
    assert "prise" in page.text("#where-error")
    assert page.js("document.querySelector('#where').getAttribute('aria-invalid')") == "true"
    assert page.js("document.querySelector('#notice').hidden")
    page.js("document.querySelector('#where').value = 'price < 20'")
    page.press("Enter")
    page.wait("document.querySelectorAll('#list > li').length")
    assert page.js("document.querySelector('#where').hasAttribute('aria-invalid')") is False


def test_a_column_is_clicked_into_the_condition(page: Page) -> None:
    page.click("#columns summary")
    page.click("#column-list button", page.texts("#column-list bdi").index("price"))
    assert page.js("document.querySelector('#where').value") == "price "
    assert page.js("document.activeElement.id") == "where"


def test_whole_numbers_beyond_a_floats_stay_themselves(page: Page, site: Site) -> None:
    choose(page, HUGE)
    page.wait("document.querySelectorAll('#list > li').length")
    assert listed(page) == shown(site.ask("recommend", user=HUGE, k=10)["items"])
    page.click("[name=mode][value=history]")
    find(page, str(HUGE))
    page.press("Enter")
    page.wait("document.querySelectorAll('#list > li').length")
    assert listed(page) == shown(site.ask("recommend", history=[HUGE], k=10)["items"])


def test_a_server_that_is_gone_is_said(tolerant: Page) -> None:
    page = tolerant
    choose(page, 12)
    page.away(True)
    page.click("[data-take]")
    page.wait("!document.querySelector('#notice').hidden")
    assert "can't be reached" in page.text("#notice")
    page.away(False)
    page.click("[data-take]")
    page.wait(f"{STATUS}.includes('Changed: ')")
    assert page.js("document.querySelector('#notice').hidden")
