"""Arrays of an .npz file: the large ones are mapped, and no worse than those that are read."""

from zipfile import BadZipFile

import numpy as np
import pytest

from facepipe.files import mapped

ARRAYS = {
    "face": np.arange(600, dtype=np.float32).reshape(20, 30),
    "turned": np.asfortranarray(np.arange(12.0).reshape(3, 4)),
    "name": np.array(["a", "bcd"]),
    "small": np.arange(3),
}


@pytest.fixture
def stored(tmp_path, monkeypatch):
    monkeypatch.setattr(mapped, "MAPPED", 200)
    path = tmp_path / "some.npz"
    np.savez(path, **ARRAYS)
    return path


def test_mapped_arrays_are_as_they_were_written(stored):
    found = mapped.read_arrays(stored, ["face", "turned", "name", "none"])
    assert found.keys() == {"face", "turned", "name"}
    for name, array in found.items():
        assert array.dtype == ARRAYS[name].dtype and np.array_equal(array, ARRAYS[name])
        mapped.release(array)
        assert np.array_equal(array, ARRAYS[name])
    assert isinstance(found["face"], np.memmap) == (mapped.os.name != "nt") and not isinstance(found["name"], np.memmap)


def test_a_file_that_is_replaced_stays_what_it_was(stored, tmp_path):
    face = mapped.read_arrays(stored, ["face"])["face"]
    np.savez(tmp_path / "new.npz", face=ARRAYS["face"] + 1)
    (tmp_path / "new.npz").replace(stored)
    mapped.release(face)
    assert np.array_equal(face, ARRAYS["face"])


def test_damage_in_a_mapped_array_is_found(stored):
    data = bytearray(stored.read_bytes())
    data[data.index(ARRAYS["face"].tobytes()) + 50] ^= 1
    stored.write_bytes(data)
    with pytest.raises(BadZipFile):
        mapped.read_arrays(stored, ["face"])
    assert "small" in mapped.read_arrays(stored, ["small"])


@pytest.mark.skipif(mapped.os.name == "nt", reason="nothing is mapped there")
def test_who_knows_the_file_need_not_look_through_it(tmp_path):
    whole, path = np.arange(60_000.0), tmp_path / "some.npz"
    np.savez(path, face=whole)
    data = path.read_bytes().replace(whole[-9:-1].tobytes(), whole[:8].tobytes())
    path.write_bytes(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mapped, "MAPPED", 200)
        with pytest.raises(BadZipFile):
            mapped.read_arrays(path, ["face"])
        assert mapped.read_arrays(path, ["face"], sums=False)["face"][-9] == 0
