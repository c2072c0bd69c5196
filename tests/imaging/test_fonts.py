"""Names in any alphabet on pictures and plots."""

import logging

import numpy as np
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from PIL import features

from facepipe.imaging import drawing, fonts
from facepipe.imaging.fonts import drawable
from facepipe.pictures.plots import style

NO_CHARACTER = "\uffff"  # nor will it ever be one


def test_what_no_font_can_draw_is_a_box():
    assert drawable(f"Zoë Ćirić · Ωμέγα {NO_CHARACTER}\n") == "Zoë Ćirić · Ωμέγα □□"


def test_latin_letters_need_not_be_looked_up_in_the_font():
    latin = "".join(filter(str.isprintable, map(chr, range(ord(fonts._LATIN) + 1))))
    assert {*map(ord, latin)} <= fonts._glyphs()
    assert drawable(latin) == latin


def test_letters_that_dejavu_lacks_are_drawn_with_a_font_of_the_system(squares):
    assert drawable(f"漢字 Ana {NO_CHARACTER}") == "漢□ Ana □", "one of two is in a font"
    parts = [(text, font.path) for text, font in fonts.runs("Ana 漢漢 Ωα", 20)]
    assert parts == [("Ana ", str(fonts.font_file())), ("漢漢", str(squares)), (" Ωα", str(fonts.font_file()))]
    assert drawing.text_width("Ana 漢", 20) == drawing.text_width("Ana ", 20) + 20
    page = drawing.blank((60, 40))
    drawing.draw_text(page, (0, 0), "漢漢漢漢漢漢", 20, width=60)
    assert (page[: fonts.ascent(20), :18] == drawing.INK).all(-1).any(), "a full square"
    assert page[:, -2:].min() > 200, "cut where there is no room"


def test_plots_draw_them_too_and_say_nothing(squares, caplog):
    def picture(text):
        figure = style.new_figure(60, 30)
        style.plain(figure.text(0, 0.2, text, size=15, weight="bold"))
        return style.png_bytes(figure)

    with caplog.at_level(logging.WARNING):
        assert picture("漢漢") != picture("□□")
    assert caplog.text == ""


@pytest.mark.skipif(not features.check("raqm"), reason="Pillow was built without it")
def test_letters_join_and_are_written_from_the_right_where_that_is_their_way():
    name = "محمد"
    assert drawing.text_width(name, 40) < sum(drawing.text_width(letter, 40) for letter in name)
    page = drawing.blank((200, 80))
    drawing.draw_text(page, (0, 0), "אII", 40, width=200)  # a letter that is wide, and two that are narrow
    ink = np.flatnonzero((page < 128).any((0, 2)))
    assert ink[-1] - ink[0] > 20 and np.diff(ink).argmax() < 10, "the narrow ones stand on the left"


@pytest.fixture
def squares(tmp_path, monkeypatch):
    """The only font of the system, beside one that is damaged: one letter, a black square."""
    pen = TTGlyphPen(None)
    for number, corner in enumerate([(0, 0), (0, 1000), (1000, 1000), (1000, 0)]):
        (pen.lineTo if number else pen.moveTo)(corner)
    pen.closePath()
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "square"])
    builder.setupCharacterMap({ord("漢"): "square"})
    builder.setupGlyf({".notdef": TTGlyphPen(None).glyph(), "square": pen.glyph()})
    builder.setupHorizontalMetrics({".notdef": (1000, 0), "square": (1000, 0)})
    builder.setupHorizontalHeader(ascent=1000, descent=-200)
    builder.setupNameTable({"familyName": f"Squares {tmp_path.name}", "styleName": "Regular"})
    builder.setupOS2(usWeightClass=400)
    builder.setupPost()
    builder.save(tmp_path / "squares.ttf")
    (tmp_path / "damaged.ttf").write_bytes((tmp_path / "squares.ttf").read_bytes()[:300])
    there = [str(tmp_path / name) for name in ("squares.ttf", "damaged.ttf")]
    monkeypatch.setattr("matplotlib.font_manager.findSystemFonts", lambda: there)
    for kept in (fonts._system_fonts, fonts._with):
        kept.cache_clear()
    yield tmp_path / "squares.ttf"
    for kept in (fonts._system_fonts, fonts._with):
        kept.cache_clear()
