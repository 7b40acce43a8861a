"""Markdown as GitHub reads it, and the HTML that comes out."""

from __future__ import annotations

from html.parser import HTMLParser

from markdown_it import MarkdownIt

_MARKDOWN = MarkdownIt("gfm-like")
assert _MARKDOWN.linkify is not None
_MARKDOWN.linkify.set({"fuzzy_link": False})  # GitHub makes no links of bare names

OURS = frozenset(
    {
        "a",
        "blockquote",
        "br",
        "code",
        "details",
        "h3",
        "h4",
        "li",
        "p",
        "pre",
        "strong",
        "summary",
        "table",
        "tbody",
        "td",
        "th",
        "thead",
        "tr",
        "ul",
    }
)
_EMPTY = frozenset({"br"})


class Page(HTMLParser):
    """The elements and texts of a page; fails where a tag is not closed, or is not one of ours."""

    def __init__(self, markdown: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.counts: dict[str, int] = {}
        self.links: list[str] = []
        self.said = ""
        """Texts outside of code, where GitHub looks for people and issues."""
        self.comments: list[str] = []
        self.texts = ""
        self.feed(_MARKDOWN.render(markdown))
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in OURS, tag
        allowed = {"a": {"href"}, "pre": {"lang"}, "th": {"style"}, "td": {"style"}}.get(tag, set())
        assert {name for name, _ in attrs} <= allowed, attrs
        self.counts[tag] = self.counts.get(tag, 0) + 1
        self.links += [value or "" for name, value in attrs if name == "href"]
        if tag not in _EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, tag
        assert self.open.pop() == tag

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(decl)

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(data)

    def handle_pi(self, data: str) -> None:
        raise AssertionError(data)

    def handle_data(self, data: str) -> None:
        self.texts += data
        self.said += "\0" if {"code", "pre"} & set(self.open) else data
