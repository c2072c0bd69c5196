"""Markdown tables as they are compared: without the blanks that make them line up."""


def plain(text: str) -> list[str]:
    """The lines of a text, with one blank for many."""
    return [" ".join(line.split()) for line in text.splitlines()]
