"""Formats of photos, as far as what is installed here writes them."""

import pytest
from PIL import Image


def needs_writer(suffix: str) -> None:
    """Skip the test where Pillow cannot write photos with that ending."""
    if suffix in {".heic", ".avif"}:
        pytest.importorskip("pillow_heif").register_heif_opener()
        if suffix not in Image.registered_extensions():
            pytest.skip(f"this Pillow does not write {suffix}")
