"""A few seconds of video around a face, for the page."""

from concurrent.futures import ThreadPoolExecutor

from commandline_here import run_here

from facepipe.page.pictures import moving
from facepipe.runs.opening import load_run


def test_several_tabs_may_ask_for_one_face_at_once(tmp_path, sample_clip):
    out = tmp_path / "out"
    quick = ("--detector", "hog", "--no-cloth", "--plots", "none", "--annotations", "none")
    run_here("run", sample_clip, "--out", out, "--stop", "3", *quick)
    folder = load_run(out)
    table, before = folder.table(), {*out.iterdir()}
    with ThreadPoolExecutor(4) as pool:
        clips = [*pool.map(lambda _: moving(folder, table, 0), range(12))]
    assert {clip[4:8] for clip in clips} == {b"ftyp"} and len({*map(len, clips)}) == 1
    assert {*out.iterdir()} == before
