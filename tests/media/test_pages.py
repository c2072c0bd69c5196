"""TIFFs of several pages: the first is a photo, and it is said that there are others."""

import struct

import numpy as np
import pytest
from PIL import Image

from facepipe.media.photos import open_photo


def page(size_wh=(64, 48)) -> Image.Image:
    return Image.effect_noise(size_wh, 60).convert("RGB")


def test_of_a_tiff_of_several_pages_is_said_that_the_first_is_taken(tmp_path):
    path, warnings = tmp_path / "album.tif", []
    pages = [page(), page((320, 240)), page()]
    pages[0].save(path, save_all=True, append_images=pages[1:])
    assert np.array_equal(open_photo(path, warnings.append).rgb(), np.asarray(pages[0]))
    assert warnings == [f"{path} has 3 pages, of which only the first is looked at: save each as a file of its own"]
    data = bytearray(path.read_bytes())
    places = []  # of the directories' ends, where the next one's place stands
    first = start = struct.unpack_from("<I", data, 4)[0]
    while start:
        places.append(start + 2 + 12 * struct.unpack_from("<H", data, start)[0])
        (start,) = struct.unpack_from("<I", data, places[-1])
    for place, where, count in ((places[1], 0xFFFFFFF0, 2), (places[1], first, 2), (places[0], first, 1)):
        struct.pack_into("<I", data, place, where)  # out of the file, and in circles
        path.write_bytes(data)
        warnings.clear()
        open_photo(path, warnings.append).rgb()
        assert [f" {count} pages" in line for line in warnings] == [True] * (count > 1), (where, warnings)


def test_a_smaller_copy_of_a_tiff_is_no_page(tmp_path):
    page().save(tmp_path / "a.tif", save_all=True, append_images=[page((32, 24))], tiffinfo={254: 1})
    with Image.open(tmp_path / "a.tif") as image:
        image.seek(1)
        assert image.n_frames == 2 and image.tag_v2[254] == 1
    open_photo(tmp_path / "a.tif", pytest.fail)
