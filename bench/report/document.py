"""Puts sections into a page, between the marks `<!-- begin KIND -->` and `<!-- end KIND -->`."""
import re


def replaced(page, sections):
    """The page with each section that it has a place for; a section without one is an error."""
    for kind, body in sections.items():
        marks = re.compile(rf"(<!-- begin {kind} -->\n).*?(<!-- end {kind} -->)", re.DOTALL)
        if not marks.search(page):
            raise ValueError(f"the page has no place for {kind}")
        page = marks.sub(lambda match, text=body: f"{match[1]}{text}\n{match[2]}", page)
    return page


def rewrite(path, sections):
    path.write_text(replaced(path.read_text(encoding="utf-8"), sections), encoding="utf-8")
