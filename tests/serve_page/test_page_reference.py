"""The reference says every field with its bounds, in both forms, and takes no markup from a text."""

from __future__ import annotations

import re
import shlex
from html.parser import HTMLParser
from typing import Any

import pytest

from recbox.serve.reference import html, markdown, operations, said

ASK, BOOST = ({"$ref": f"#/components/schemas/{name}"} for name in ("Ask", "Boost"))
Q = {"type": "string", "maxLength": 9, "examples": ["it's"]}
BY = {"type": "number", "exclusiveMinimum": 0.0, "maximum": 10.0}
DOCUMENT: dict[str, Any] = {
    "info": {"title": "a <shop>", "version": "2"},
    "paths": {
        "/list": {
            "post": {
                "description": "The *best* `k` of <all>.",
                "requestBody": {"content": {"application/json": {"schema": ASK}}},
                "responses": {
                    "200": {
                        "description": "Done.",
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Answer"}}},
                    },
                    "422": {"description": "Wrong | refused."},
                },
            }
        },
        "/find": {
            "get": {
                "summary": "Searches.",
                "parameters": [
                    {"name": "q", "schema": Q, "required": True},
                    {"name": "limit", "schema": {"type": "integer", "minimum": 1, "default": 20}},
                ],
                "responses": {"200": {"description": "Found."}},
            }
        },
    },
    "components": {
        "schemas": {
            "Ask": {
                "properties": {
                    "user": {"anyOf": [{"type": "integer"}, {"type": "string"}], "description": "Who."},
                    "boost": {"type": "array", "maxItems": 20, "items": BOOST, "default": []},
                },
                "required": ["user"],
                "examples": [{"user": "o'neil"}],
            },
            "Boost": {"properties": {"by": BY}, "required": ["by"]},
            "Answer": {"properties": {"name": {"type": "string"}}, "examples": [{"name": "</code>"}]},
        }
    },
}


class Tags(HTMLParser):
    """Names of elements, and the texts of code."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)


def test_fields_within_fields_are_named_and_bounded() -> None:
    post, get = operations(DOCUMENT)
    assert [(r.name, r.value, r.default) for r in post.asked] == [
        ("user", "whole number or text", "required"),
        ("boost", "list (at most 20) of: an object: *Boost*", "`[]`"),
        ("boost[].by", "number > 0, ≤ 10", "required"),
    ]
    assert [(r.name, r.value, r.default) for r in get.asked] == [
        ("q", "text (at most 9 characters)", "required"),
        ("limit", "whole number ≥ 1", "`20`"),
    ]
    assert post.outcomes == (("422", "Wrong | refused."),)


def test_what_all_may_answer_is_said_once() -> None:
    wrong = DOCUMENT["paths"]["/list"]["post"]["responses"]["422"]
    find = DOCUMENT["paths"]["/find"]["get"]
    both = {"/list": DOCUMENT["paths"]["/list"], "/find": {"get": find | {"responses": {"422": wrong}}}}
    text = markdown(DOCUMENT | {"paths": both})
    assert text.count("refused") == 1
    assert "| 422 | Wrong \\| refused. |" in text


def test_the_line_of_curl_is_one_for_a_shell() -> None:
    post, get = operations(DOCUMENT)
    assert shlex.split(post.curl) == ["curl", "http://127.0.0.1:8000/list", "--json", '{"user": "o\'neil"}']
    assert shlex.split(get.curl) == ["curl", "http://127.0.0.1:8000/find?q=it's"]


def test_a_page_is_without_script_and_texts_are_texts() -> None:
    page = html(DOCUMENT)
    tags = Tags(page).tags
    assert "script" not in tags
    assert "shop" not in tags
    assert tags.count("section") == 3
    assert "The <em>best</em> <code>k</code> of &lt;all&gt;." in page
    assert "&lt;/code&gt;" in page
    links = re.findall(r'(?:src|href)="(?!#)([^"]*)"', page)
    assert links == ["data:,", "page.css", "docs.css", ".", "openapi.json"]


def test_markdown_has_a_heading_for_each_and_whole_tables() -> None:
    text = markdown(DOCUMENT)
    assert re.findall(r"^### (.*)$", text, re.MULTILINE) == ["POST /list", "GET /find"]
    assert "- **422**: Wrong | refused." in text
    assert "The *best* `k` of <all>." in text
    for before, after in re.findall(r"^(\|.*\|)\n(\|.*\|)$", text, re.MULTILINE):
        assert len(re.findall(r"(?<!\\)\|", before)) == len(re.findall(r"(?<!\\)\|", after))
    assert "\n\n\n" not in text


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "integer", "minimum": 1, "maximum": 2**31 - 1}, "whole number ≥ 1"),
        ({"type": "string", "minLength": 1, "maxLength": 256}, "text (1 to 256 characters)"),
        ({"type": "array", "items": {"type": "string"}, "minItems": 1}, "list of: text"),
        ({"anyOf": [{"type": "null"}, {"enum": ["a", ""]}]}, '`null` or `a`, `""`'),
        ({"type": "object", "additionalProperties": {"type": "number"}}, "mapping from a name to number"),
        ({}, "any"),
    ],
)
def test_values_are_said_in_words(schema: dict[str, Any], words: str) -> None:
    assert said(schema) == words
