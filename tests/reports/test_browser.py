"""The page in a real browser, opened from disk."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from gradassay.reports.html import render

from . import sample

webdriver = pytest.importorskip("selenium.webdriver", reason="not run: selenium is not installed")
CHROMIUM, DRIVER = Path("/usr/bin/chromium"), Path("/usr/bin/chromedriver")
MISSING = not (CHROMIUM.exists() and DRIVER.exists())
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(MISSING, reason="not run: Chromium is not installed"),
]
FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-background-networking "
    "--disable-component-update --disable-sync --no-first-run --disable-dev-shm-usage"
)
Driver = Any


@pytest.fixture(scope="module")
def driver() -> Iterator[Driver]:
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for flag in FLAGS.split():
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    made = webdriver.Chrome(options, webdriver.ChromeService(str(DRIVER)))
    yield made
    made.quit()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The address of a report on each sample run."""
    folder = tmp_path_factory.mktemp("pages")
    runs = {"failing": sample.failing, "attacked": sample.attacked, "passing": sample.passing,
            "cut": sample.cut, "timed": sample.timed}  # fmt: skip
    for name, records in runs.items():
        (folder / f"{name}.html").write_text(render(records()), encoding="utf-8")
    return {name: (folder / f"{name}.html").as_uri() for name in runs}


@pytest.fixture
def show(driver: Driver, pages: dict[str, str]) -> Iterator[Callable[..., Driver]]:
    """Opens a page at a width, in a colour scheme, with or without scripts."""

    def opened(
        name: str, query: str = "", width: int = 1200, scheme: str = "light", scripts: bool = True
    ) -> Driver:
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        feature = {"name": "prefers-color-scheme", "value": scheme}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
        driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": not scripts})
        driver.get("about:blank")
        driver.get(pages[name] + query)
        if scripts:
            until(driver, "return document.documentElement.dataset.ready === 'yes'")
        return driver

    yield opened
    driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def until(driver: Driver, script: str, seconds: float = 5.0) -> None:
    end = time.monotonic() + seconds
    while not driver.execute_script(script):
        assert time.monotonic() < end, f"never became true: {script}"
        time.sleep(0.02)


def shown_outcomes(driver: Driver) -> list[str]:
    script = (
        "return [...document.querySelectorAll('#case-table tbody tr')]"
        ".map(r => r.cells[1].textContent.trim())"
    )
    found: list[str] = driver.execute_script(script)
    return found


@pytest.mark.parametrize("name", ["failing", "attacked", "passing", "cut", "timed"])
def test_no_error_on_the_console(show: Callable[..., Driver], name: str) -> None:
    assert show(name).get_log("browser") == []


def test_no_dialog_and_no_new_element_from_an_engine(show: Callable[..., Driver]) -> None:
    driver = show("attacked", "#cases?outcome=wrong+shape")
    driver.execute_script("document.querySelector('#case-table tbody a').click()")
    until(driver, "return document.querySelector('#case-detail pre') !== null")
    assert driver.execute_script("return document.scripts.length") == 3
    assert driver.execute_script("return document.images.length") == 0
    assert "<script>alert(1)</script>" in driver.execute_script("return document.title")


def test_the_policy_stops_any_other_script(show: Callable[..., Driver]) -> None:
    driver = show("attacked")
    driver.execute_script(
        "const s = document.createElement('script'); s.textContent = 'window.ran = 1';"
        "document.body.append(s)"
    )
    assert driver.execute_script("return window.ran") is None
    assert any("Content Security Policy" in line["message"] for line in driver.get_log("browser"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["failing", "attacked", "passing", "cut", "timed"])
def test_axe_finds_no_violation(show: Callable[..., Driver], name: str, scheme: str) -> None:
    driver = show(name, "#cases?op=divide&dtype=float32", scheme=scheme)
    for fold in driver.find_elements("css selector", "details"):
        driver.execute_script("arguments[0].open = true", fold)
    driver.execute_script(files("axe_core_python").joinpath("axe.min.js").read_text("utf-8"))
    found = driver.execute_async_script("axe.run().then(arguments[0])")
    assert [(v["id"], v["nodes"][0]["html"]) for v in found["violations"]] == []
    assert found["passes"]


@pytest.mark.parametrize("name", ["failing", "attacked", "cut"])
def test_no_sideways_scroll_on_a_narrow_screen(show: Callable[..., Driver], name: str) -> None:
    driver = show(name, width=500)
    driver.execute_script("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert driver.execute_script("return document.documentElement.scrollWidth") <= 500


def test_a_link_opens_the_filtered_cases(show: Callable[..., Driver]) -> None:
    driver = show("failing", "#cases?outcome=raised")
    assert shown_outcomes(driver) == ["! raised"] * 8
    assert driver.find_element("id", "f-outcome").get_attribute("value") == "raised"
    assert driver.find_element("id", "case-count").text == "8 of 2,000 cases"


def test_a_cell_of_the_matrix_sets_the_filter(show: Callable[..., Driver]) -> None:
    driver = show("failing")
    driver.execute_script("document.querySelector('.matrix .diff a').click()")
    until(driver, "return location.hash.startsWith('#cases?op=divide&dtype=float64')")
    until(driver, "return document.getElementById('case-count').textContent.includes(' of ')")
    assert "✗ wrong gradient" in shown_outcomes(driver)


def test_a_chosen_filter_and_a_search_go_into_the_address(show: Callable[..., Driver]) -> None:
    driver = show("failing")
    driver.execute_script(
        "const s = document.getElementById('f-op'); s.value = 'roll';"
        "s.dispatchEvent(new Event('change'));"
    )
    assert driver.current_url.endswith("#cases?op=roll")
    driver.find_element("id", "f-q").send_keys("ops.shapes")
    until(driver, "return location.hash.includes('q=ops.shapes')")
    assert shown_outcomes(driver) == ["! raised"] * 8


def test_pages_of_a_hundred(show: Callable[..., Driver]) -> None:
    driver = show("failing", "#cases?outcome=agrees")
    assert len(shown_outcomes(driver)) == 100
    assert driver.find_element("id", "page-of").text == "page 1 of 20"
    driver.execute_script("document.getElementById('page-next').click()")
    assert driver.current_url.endswith("page=2")
    driver.execute_script("history.back()")
    until(driver, "return document.getElementById('page-of').textContent === 'page 1 of 20'")


def test_cases_sort_by_error(show: Callable[..., Driver]) -> None:
    driver = show("failing", "#cases?sort=-score")
    assert shown_outcomes(driver)[0] == "✗ wrong gradient"
    assert (
        driver.execute_script("return document.querySelector('[aria-sort]').dataset.key") == "score"
    )


def test_a_program_opens_in_full(show: Callable[..., Driver]) -> None:
    driver = show("failing", f"#cases?program={sample.program_id(0)}")
    until(driver, "return document.querySelector('#case-detail pre') !== null")
    assert "v2 = divide(x0, x1)" in driver.find_element("id", "case-detail").text


def test_the_page_hands_out_its_data(show: Callable[..., Driver]) -> None:
    driver = show("failing")
    driver.execute_script(
        "URL.createObjectURL = (b) => { b.text().then(t => { window.saved = t; }); return '#'; };"
        "document.getElementById('download').click()"
    )
    until(driver, "return window.saved !== undefined")
    lines = driver.execute_script("return window.saved").splitlines()
    assert len(lines) == len(sample.failing())


def test_what_failed_is_readable_without_scripts(show: Callable[..., Driver]) -> None:
    driver = show("failing", scripts=False)
    tree = driver.execute_cdp_cmd("DOM.getDocument", {"depth": 1})["root"]["nodeId"]

    def visible(selector: str) -> bool:
        found = driver.execute_cdp_cmd("DOM.querySelector", {"nodeId": tree, "selector": selector})
        try:
            return bool(driver.execute_cdp_cmd("DOM.getBoxModel", {"nodeId": found["nodeId"]}))
        except Exception:
            return False

    assert visible("#smallest .message")
    assert visible("#smallest .graph .first")
    assert visible(".fault summary")
    assert visible("#case-static table")
    assert not visible("#case-live")
