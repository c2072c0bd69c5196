"""Tables that are Markdown and line up in a terminal."""

from collections.abc import Iterable, Sequence


def markdown_table(header: Sequence[str], rows: Iterable[Sequence[str]], *, left: int = 1) -> str:
    """A Markdown table; the first `left` columns begin at their left, the others end at their right."""
    lines = [list(header), *map(list, rows)]
    wide = [max(2, *map(len, column)) for column in zip(*lines, strict=True)]
    rule = ["-" * n if k < left else "-" * (n - 1) + ":" for k, n in enumerate(wide)]

    def line(cells: Sequence[str]) -> str:
        padded = (c.ljust(n) if k < left else c.rjust(n) for k, (c, n) in enumerate(zip(cells, wide, strict=True)))
        return f"| {' | '.join(padded)} |"

    return "\n".join(map(line, [lines[0], rule, *lines[1:]])) + "\n"
