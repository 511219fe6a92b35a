"""Chromium without a window, driven by selenium."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

_FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    "--host-resolver-rules=MAP pages.test 127.0.0.1",  # an origin that is not local, and so no secure context
)


@contextmanager
def chromium(profile: Path) -> Iterator[Chrome]:
    """A browser with a profile in this empty folder, for the block; skips where there is no Chromium."""
    program, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if program is None or driver is None:
        pytest.skip("There is no chromium with its chromedriver here.")
    options = ChromeOptions()
    options.binary_location = program
    for flag in (*_FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    browser = Chrome(options, Service(driver))
    try:
        yield browser
    finally:
        browser.quit()


def show(browser: Chrome, url: str, *, width: int = 1600, scheme: str = "light", script: bool = True) -> None:
    """Open a page in a window of this width, with the colour scheme of the user, with or without JavaScript."""
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": not script})
    browser.get("about:blank")  # so that a change of the fragment alone is a new page too
    for kind in ("browser", "performance"):
        logged(browser, kind)  # what an earlier page said
    browser.get(url)


def logged(browser: Chrome, kind: str) -> list[dict[str, Any]]:
    """What this log of the browser has since it was read last."""
    return list(browser.get_log(kind))  # type: ignore[no-untyped-call]
