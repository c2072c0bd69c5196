"""GroundTruth files: what is read, what is refused, and which face is matched to whom."""

import numpy as np
import pytest
from labelled_tables import make_table

from facepipe.errors import InputError
from facepipe.evaluate.ground_truth import read_ground_truth
from facepipe.evaluate.matching import FALSE_POSITIVE, NOT_JUDGED, match
from facepipe.pairing import match_gain

HEADER = "source,frame,person,left,top,right,bottom\n"


@pytest.fixture
def truth(tmp_path):
    def write(rows: str, header: str = HEADER, encoding: str = "utf-8"):
        path = tmp_path / "truth.csv"
        path.write_text(header + rows, encoding=encoding)
        return read_ground_truth(path)

    return write


def people_of(table, known, sampled=None):
    """The name of each face's person, or "?" for nobody and "-" for not judged."""
    matching = match(table, known, sampled)
    names = {FALSE_POSITIVE: "?", NOT_JUDGED: "-", **dict(enumerate(matching.people))}
    return [names[person] for person in matching.person.tolist()]


def faces(boxes, frame=None, source="clip.mp4"):
    n = len(boxes)
    frame = np.zeros(n, int) if frame is None else frame
    return make_table(np.zeros((n, 1)), frame=frame, box=np.array(boxes).reshape(n, 4), source=source)


# reading -----------------------------------------------------------------------------------------------------------


def test_reads_boxes_and_rows_without_a_box(truth):
    known = truth("a.mp4,5,Ann,1.5,2,30,40\nb/c.jpg,0,Bob,,,,\n")
    (ann,) = known.at("a.mp4", 5)
    assert ann.person == "Ann" and ann.annotation_ltrb == (1.5, 2, 30, 40)
    assert known.at("b/c.jpg", 0)[0].annotation_ltrb is None
    assert known.at("a.mp4", 6) is None


def test_reads_what_spreadsheets_write(truth):
    header = "note,person,source,frame,left,top,right,bottom\r\n"
    known = truth('"x, y",Zoë,"dir\\a.mp4", 5 ,-1,2,30,40\r\n', header, "utf-8-sig")
    assert known.at("dir/a.mp4", 5)[0].person == "Zoë"


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ("a.mp4,0,Ann,1,2,3\n", "line 2: has fewer fields"),
        ("a.mp4,0,Ann,1,2,3,4,5\n", "line 2: has more fields"),
        ("a.mp4,0,Ann,1,2,30,40\na.mp4,1,,1,2,30,40\n", "line 3: source and person"),
        (",0,Ann,1,2,30,40\n", "line 2: source and person"),
        ('"a\nb.mp4",0,Ann,1,2,30,40\n', "line 3: source and person"),
        ("a.mp4,1.5,Ann,1,2,30,40\n", "line 2: frame '1.5'"),
        ("a.mp4,-1,Ann,1,2,30,40\n", "line 2: frame '-1'"),
        ("a.mp4,1_0,Ann,1,2,30,40\n", "line 2: frame '1_0'"),
        (f"a.mp4,{'9' * 6000},Ann,1,2,30,40\n", "line 2: frame '9999"),
        ("a.mp4,0,Ann,1,2,,40\n", "line 2: a box is four numbers"),
        ("a.mp4,0,Ann,1,x,30,40\n", "line 2: a box is four numbers"),
        ("a.mp4,0,Ann,nan,2,30,40\n", "line 2: a box is four finite"),
        ("a.mp4,0,Ann,1,2,inf,40\n", "line 2: a box is four finite"),
        ("a.mp4,0,Ann,30,2,1,40\n", "line 2: the box is empty"),
        ("a.mp4,0,Ann,1,2,30,40\na.mp4,0,Ann,5,6,30,40\n", "line 3: Ann is in this frame already"),
        ("a.mp4,0,Ann,,,,\na.mp4,0,Bob,,,,\n", "line 3: only one person"),
        ('a.mp4,0,"Ann,1,2,30,40\n', "line 2: not CSV"),
        ("", "holds no rows"),
    ],
)
def test_malformed_rows_are_named(truth, tmp_path, rows, complaint):
    with pytest.raises(InputError) as caught:
        truth(rows)
    assert complaint in str(caught.value) and str(tmp_path / "truth.csv") in str(caught.value)
    assert "\n" not in str(caught.value)


def test_files_that_are_no_truth(truth, tmp_path):
    with pytest.raises(InputError, match=r"no column person, left, top, right, bottom"):
        truth("a.mp4,0\n", "source,frame\n")
    with pytest.raises(InputError, match="no column source"):
        truth("", "")
    with pytest.raises(InputError, match="cannot be read"):
        read_ground_truth(tmp_path / "missing.csv")
    with pytest.raises(InputError, match="cannot be read"):
        read_ground_truth(tmp_path)
    (tmp_path / "video.csv").write_bytes(b"\x00\xff\xfe" * 100)
    with pytest.raises(InputError, match=r"video\.csv: is not UTF-8"):
        read_ground_truth(tmp_path / "video.csv")


# between annotated frames ------------------------------------------------------------------------------------------


def test_boxes_are_interpolated_between_near_annotations(truth):
    known = truth("a.mp4,10,Ann,0,0,100,100\na.mp4,20,Ann,20,10,120,120\n")
    assert known.at("a.mp4", 15)[0].annotation_ltrb == (10, 5, 110, 110)
    assert known.at("a.mp4", 9) is None and known.at("a.mp4", 21) is None


@pytest.mark.parametrize(
    "rows",
    [
        "a.mp4,0,Ann,0,0,100,100\na.mp4,16,Ann,0,0,100,100\n",  # too far apart
        "a.mp4,0,Ann,0,0,100,100\na.mp4,10,Ann,300,0,400,100\n",  # a cut: she is elsewhere
        "a.mp4,0,Ann,0,0,100,100\na.mp4,10,Bob,0,0,100,100\n",  # somebody else
        "a.mp4,0,Ann,0,0,99,99\na.mp4,0,Bob,200,0,300,99\na.mp4,10,Ann,0,0,99,99\n",  # Bob goes in between
        "a.mp4,0,Ann,,,,\na.mp4,10,Ann,,,,\n",  # no boxes
    ],
)
def test_nothing_is_known_across_a_gap(truth, rows):
    assert truth(rows).at("a.mp4", 5) is None


# sources -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "in_run"),
    [
        ("clip.mp4", "clip.mp4"),
        ("clip.mp4", "holiday/clip.mp4"),
        ("holiday/clip.mp4", "clip.mp4"),
        ("/home/me/clip.mp4", "videos/clip.mp4"),
    ],
)
def test_sources_match_by_name_by_ending_or_by_file_name(truth, written, in_run):
    assert truth(f"{written},0,Ann,,,,\n").match_sources([in_run, "other.mp4"]) == {in_run: written}


def test_the_better_match_of_a_source_wins(truth):
    known = truth("b/clip.mp4,0,Ann,,,,\n")
    assert known.match_sources(["a/clip.mp4", "b/clip.mp4"]) == {"b/clip.mp4": "b/clip.mp4"}
    assert known.match_sources(["lip.mp4", "x/b/clip.mp4"]) == {"x/b/clip.mp4": "b/clip.mp4"}


def test_sources_that_cannot_be_told_apart(truth):
    with pytest.raises(InputError, match=r"'clip\.mp4' fits a/clip\.mp4 and b/clip\.mp4: write more"):
        truth("clip.mp4,0,Ann,,,,\n").match_sources(["a/clip.mp4", "b/clip.mp4"])
    with pytest.raises(InputError, match=r"both fit clip\.mp4"):
        truth("a/clip.mp4,0,Ann,,,,\nb/clip.mp4,0,Ann,,,,\n").match_sources(["clip.mp4"])
    with pytest.raises(InputError, match="no source fits"):
        truth("clip.mp4,0,Ann,,,,\n").match_sources(["movie.mp4"])


# matching ----------------------------------------------------------------------------------------------------------


def test_faces_are_matched_one_to_one_by_the_best_overlap(truth):
    known = truth("clip.mp4,0,Ann,0,0,100,100\nclip.mp4,0,Bob,60,0,160,100\n")
    assert people_of(faces([[45, 10, 125, 90], [5, 10, 85, 90], [300, 0, 380, 80]]), known) == ["Bob", "Ann", "?"]


def test_as_many_as_possible_are_matched(truth):
    known = truth("clip.mp4,0,Ann,0,0,100,100\nclip.mp4,0,Bob,40,0,140,100\n")
    assert people_of(faces([[20, 0, 120, 100], [70, 0, 170, 100]]), known) == ["Ann", "Bob"]


def test_a_whole_head_or_a_tight_box_is_the_same_face():
    square = [[100, 100, 200, 200]]
    assert match_gain(square, [[80, 40, 220, 210]])[0, 0] > 1  # hair and ears
    assert match_gain(square, [[55, 45, 245, 255]])[0, 0] > 1  # much too large, but about it
    assert match_gain(square, [[145, 145, 155, 155]])[0, 0] == 0  # a nose is no face
    assert match_gain(square, [[190, 100, 290, 200]])[0, 0] == 0  # the neighbour


def test_a_row_without_a_box_is_the_largest_face_and_says_nothing_of_others(truth):
    known = truth("clip.mp4,0,Ann,,,,\n")
    assert people_of(faces([[0, 0, 30, 30], [50, 0, 120, 70], [200, 0, 250, 50]]), known) == ["-", "Ann", "-"]


def test_boxed_people_come_before_the_largest_face(truth):
    known = truth("clip.mp4,0,Ann,,,,\nclip.mp4,0,Bob,0,0,100,100\n")
    assert people_of(faces([[0, 0, 100, 100], [200, 0, 250, 50]]), known) == ["Bob", "Ann"]


def test_what_the_truth_does_not_cover_is_counted_and_left_out(truth):
    known = truth("clip.mp4,0,Ann,0,0,99,99\nclip.mp4,10,Ann,0,0,99,99\nclip.mp4,40,Ann,0,0,99,99\n")
    table = faces([[0, 0, 99, 99]] * 4, frame=np.array([0, 4, 25, 0]), source=["clip.mp4"] * 3 + ["other.mp4"])
    sampled = {"clip.mp4": {0, 4, 8, 25}, "other.mp4": {0}}
    matching = match(table, known, sampled)
    assert people_of(table, known, sampled) == ["Ann", "Ann", "-", "-"]
    assert (matching.frames_covered, matching.frames_left_out, matching.frames_not_sampled) == (3, 2, 2)
    assert matching.expected == 3  # in frame 8 she was missed


def test_it_is_known_who_was_missed_and_where(truth):
    known = truth(
        "dir/clip.mp4,0,Ann,0,0,50,50\ndir/clip.mp4,0,Bob,100,0,150,50\ndir/clip.mp4,0,Cat,,,,\n"
        "dir/clip.mp4,90,Dan,0,0,9,9.5\n"
    )
    matching = match(faces([(0, 0, 50, 48)]), known, {"clip.mp4": {0, 90}})
    assert matching.annotation_ltrb.tolist() == [[0, 0, 50, 50]] and matching.expected == 4
    missed = [(matching.people[one.person], one.source, one.frame, one.annotation_ltrb) for one in matching.missed]
    assert missed == [
        ("Bob", "clip.mp4", 0, (100, 0, 150, 50)), ("Cat", "clip.mp4", 0, None), ("Dan", "clip.mp4", 90, (0, 0, 9, 9.5))
    ]  # fmt: skip
    largest = match(faces([(0, 0, 50, 48), (100, 0, 150, 50), (200, 0, 209, 9)]), known)
    assert np.isnan(largest.annotation_ltrb[2]).all() and not largest.missed, "the row without a box"
    part = largest.take(np.array([2, 0]))
    assert [part.people[person] for person in part.person] == ["Cat", "Ann"] and part.annotation_ltrb[1, 2] == 50


def test_a_real_clip_is_matched_with_boxes_of_another_shape(truth, shared_data):
    known = read_ground_truth(shared_data / "clips" / "stage_truth.csv")
    rows = [(f, a) for f in (0, 7, 90, 222, 268) for a in known.at("stage.mp4", f)]
    boxes = [_dlib_shaped(a.annotation_ltrb) for _, a in rows]
    table = faces(boxes, frame=np.array([f for f, _ in rows]), source="stage.mp4")
    assert people_of(table, known) == [a.person for _, a in rows]
    assert known.at("stage.mp4", 18) is None  # the cut at frame 20
    assert known.at("stage.mp4", 213) is None  # the cut at frame 211


def _dlib_shaped(box):
    """A square of the height from the brows to the chin, as dlib draws it, from a box of the whole face."""
    left, top, right, bottom = box
    side = 0.75 * (bottom - top)
    return [(left + right - side) / 2, bottom - side, (left + right + side) / 2, bottom]
