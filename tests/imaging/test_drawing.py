"""Text on pictures."""

from facepipe.imaging import drawing


def test_what_the_font_cannot_draw_is_a_box():
    assert drawing.drawable("Zoë Ćirić · Ωμέγα 漢字\n") == "Zoë Ćirić · Ωμέγα □□□"


def test_latin_letters_need_not_be_looked_up_in_the_font():
    latin = "".join(filter(str.isprintable, map(chr, range(ord(drawing._LATIN) + 1))))
    assert {*map(ord, latin)} <= drawing._glyphs()
    assert drawing.drawable(latin) == latin
