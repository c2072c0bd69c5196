"""The run of two people that the tests of the page read, and a browser."""

import shutil

import pytest
from browser import browser
from made_once import made_once
from made_run import made_run
from page_in_browser import Page


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """Made once; whoever serves or changes it has a copy."""

    def make(home):
        return made_run(home / "out", annotations=(), plots=()).path

    return made_once(tmp_path_factory, "page", make)


@pytest.fixture
def out(made, tmp_path):
    return shutil.copytree(made, tmp_path / "out")


@pytest.fixture(scope="module")
def chrome():
    with browser() as driver:
        yield Page(driver)
