"""The page of each finding's code, as `lamplighter explain` prints it: data/explain/LLnnn.md."""

from importlib import resources


def explanation(code: str) -> str | None:
    """A code's page in Markdown; None where there is none."""
    page = resources.files("lamplighter").joinpath("data", "explain", f"{code}.md")
    return page.read_text(encoding="utf-8") if page.is_file() else None
