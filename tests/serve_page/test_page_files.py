"""The page's files hold to its policy; they and the reference are given to everybody, and nothing else is."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from html.parser import HTMLParser

import pytest
from page_site import Site

from recbox.serve.page import HEADERS, files
from recbox.serve.reference import operations
from recbox.serve.showing import paths

WRITES_MARKUP = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|DOMParser"
    r"|createContextualFragment|setHTMLUnsafe|srcdoc|localStorage|document\.cookie"
)


class Elements(HTMLParser):
    """Each element with its attributes, and the text in scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.inline = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.inline += data if self.found and self.found[-1][0] in ("script", "style") else ""


def text(path: str) -> str:
    return files()[path].body.decode()


def test_the_page_has_nothing_inline_and_names_only_files_of_its_own() -> None:
    page = Elements(text("/"))
    assert page.inline.strip() == ""
    attributes = [(name, value) for _, attrs in page.found for name, value in attrs.items()]
    assert [name for name, _ in attributes if name.startswith("on") or name == "style"] == []
    named = {value for name, value in attributes if name in ("src", "href") and not value.startswith("#")}
    assert named - {"data:,"} <= {path.lstrip("/") for path in paths()}


def test_labels_and_descriptions_name_elements_that_are_there() -> None:
    page = Elements(text("/"))
    ids = [attrs["id"] for _, attrs in page.found if "id" in attrs]
    assert len(ids) == len(set(ids))
    about = ("for", "aria-labelledby", "aria-describedby", "aria-controls")
    assert {attrs[a] for _, attrs in page.found for a in about if a in attrs} <= set(ids)


def test_the_script_and_the_styles_ask_nobody_and_write_no_markup() -> None:
    assert WRITES_MARKUP.findall(text("/page.js")) == []
    for path in files():
        assert re.findall(r"(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}", text(path)) == []
        assert "@import" not in text(path)


def test_lines_of_the_script_are_as_short_as_elsewhere() -> None:
    assert [line for line in text("/page.js").splitlines() if len(line) > 110] == []


@pytest.mark.parametrize("path", sorted(paths() - {"/openapi.json"}))
def test_it_is_given_without_a_token_and_under_the_policy(path: str, guarded_site: Site) -> None:
    with urllib.request.urlopen(guarded_site.url.rstrip("/") + path, timeout=20) as answer:
        assert {name: answer.headers[name] for name in HEADERS} == dict(HEADERS)
        body = answer.read()
    assert body == files()[path].body if path in files() else b"</html>" in body


def test_what_has_data_in_it_wants_the_token(guarded_site: Site) -> None:
    document = Site(guarded_site.url).ask("openapi.json")
    for operation in operations(document):
        if operation.path in ("/livez", "/readyz"):
            continue
        request = urllib.request.Request(
            guarded_site.url.rstrip("/") + operation.path, method=operation.method
        )
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=20)
        assert refused.value.code == 401, operation.path


def test_every_endpoint_and_field_is_explained(guarded_site: Site) -> None:
    found = operations(Site(guarded_site.url).ask("openapi.json"))
    assert len(found) > 10
    assert [o.path for o in found if not o.description] == []
    rows = [(o.path, row) for o in found for row in (*o.asked, *o.answered)]
    assert [(path, row.name) for path, row in rows if not row.meaning] == []
