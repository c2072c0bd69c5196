"""Tables that line up."""

from facepipe.markdown import markdown_table


def test_columns_line_up_whatever_is_in_them():
    text = markdown_table(["part", "faces"], [["size below 24 px", "3,318"], ["all", "-"]])
    assert text.splitlines() == [
        "| part             | faces |",
        "| ---------------- | ----: |",
        "| size below 24 px | 3,318 |",
        "| all              |     - |",
    ]


def test_a_narrow_column_still_is_one():
    """A rule needs a dash in every column, or it is none."""
    lines = markdown_table(["", "n"], [["", "1"]], left=0).splitlines()
    assert lines == ["|    |  n |", "| -: | -: |", "|    |  1 |"]
