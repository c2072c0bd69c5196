"""A real browser without a window: the system's chromium, which reaches nothing but this machine."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-dev-shm-usage --force-device-scale-factor=1"
)
_CHROMIUM, _DRIVER = ("chromium", "chromium-browser", "google-chrome"), ("chromedriver",)


def missing() -> str:
    """What a browser lacks here, "" where it can be started."""
    if find_spec("selenium") is None:
        return "selenium is not installed"
    return next((f"there is no {names[0]}" for names in (_CHROMIUM, _DRIVER) if not _found(names)), "")


@contextmanager
def browser(width: int = 1280, height: int = 860, *, phone: bool = False, dark: bool = False) -> Iterator:
    """A WebDriver with a fresh profile. phone: touch, and a view of exactly that size."""
    from selenium import webdriver

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        options = webdriver.ChromeOptions()
        options.binary_location = _found(_CHROMIUM)
        for flag in (*FLAGS.split(), f"--user-data-dir={profile}", f"--window-size={width},{height}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(_found(_DRIVER)))
        try:
            if phone:
                size = {"width": width, "height": height, "deviceScaleFactor": 2, "mobile": True}
                driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
                driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": True})
            if dark:
                look = {"features": [{"name": "prefers-color-scheme", "value": "dark"}]}
                driver.execute_cdp_cmd("Emulation.setEmulatedMedia", look)
            yield driver
        finally:
            driver.quit()


def _found(names: tuple[str, ...]) -> str:
    return next(filter(None, map(shutil.which, names)), "")
