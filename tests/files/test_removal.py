"""Only what is ours is removed, and nothing outside its folder."""

from pathlib import PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facepipe.files.removal import stays_inside


@given(st.text(alphabet="./\\:aC ", max_size=12))
def test_a_name_that_stays_inside_does_so_on_every_system(name):
    if stays_inside(name):
        for path in (PureWindowsPath(name), PurePosixPath(name)):
            assert path.parts and not path.is_absolute() and not path.anchor and ".." not in path.parts


@pytest.mark.parametrize("name", ["a", "people/Anna/x.jpg", "people/a..b/.hidden", "a b/...c"])
def test_usual_names_stay_inside(name):
    assert stays_inside(name)
