"""Where the real pictures, clips and models lie that some tests use; they are not part of the project."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parents[1]

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # each process that a test starts would compile the whole program

# A machine that is busy fails no test: speed is measured elsewhere.
settings.register_profile("facepipe", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("facepipe")


def _shared(variable: str, name: str) -> Path:
    folder = Path(os.environ.get(variable) or ROOT.parent / "shared" / name)
    if not folder.is_dir():
        pytest.skip(f"no {name} folder at {folder} (or set {variable})")
    return folder


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real clips and pictures with truth."""
    return _shared("FACEPIPE_TEST_DATA", "data")


@pytest.fixture(scope="session")
def shared_models() -> Path:
    """Model files that are not on PyPI."""
    return _shared("FACEPIPE_TEST_MODELS", "models")


@pytest.fixture(scope="session")
def sample_clip() -> Path:
    """The clip that ships with the project."""
    return ROOT / "samples" / "panel.mp4"
