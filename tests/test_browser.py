"""The HTML pages as Chromium shows them: filters, copying, links, widths, the keyboard, and what a screen reader needs.

Run by ``tox -e browser``, since it takes a browser.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

pytest.importorskip("selenium", reason="only the environment browser has selenium")

from axe_core_python.selenium import Axe  # type: ignore[import-untyped]
from selenium.webdriver import ActionChains, Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait
from werkzeug.exceptions import NotFound
from werkzeug.middleware.shared_data import SharedDataMiddleware

from contract.compare import compare
from contract.report import html, json_report, matrix
from contract.verdict import Run
from tests.chromium import chromium, logged, show
from tests.example_run import CURL, EXAMPLE, GREEN, HOSTILE, hard_run, run_of
from tests.targets import serve

pytestmark = pytest.mark.browser

RUNS: dict[str, Run] = {
    "example": EXAMPLE,
    "green": GREEN,
    "hard": hard_run(),
    "unreachable": run_of("inconclusive", unreachable="It never answered."),
}
PAGES = (*RUNS, "two", "many")
WIDTHS = (360, 800, 1600)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all the pages."""
    folder = tmp_path_factory.mktemp("pages")
    for name, run in RUNS.items():
        (folder / f"{name}.html").write_text(html.render(run), encoding="utf-8")
        (folder / f"{name}.json").write_text(json_report.render(run), encoding="utf-8")
    files = {name: f"{name}={folder / name}.json" for name in RUNS}
    for name, chosen in {"two": [files["example"], files["green"]], "many": [*files.values()] * 3}.items():
        (folder / f"{name}.html").write_text(matrix.render(compare(chosen)), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """The browser of all tests."""
    with chromium(tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.fixture
def example(browser: Chrome, folder: Path) -> Chrome:
    """The browser at the report of the example run."""
    show(browser, url_of(folder, "example"))
    return browser


def url_of(folder: Path, page: str) -> str:
    """The URL of a page in the folder."""
    return (folder / f"{page}.html").as_uri()


def all_of(browser: Chrome, selector: str) -> list[WebElement]:
    """The elements that a selector finds."""
    return browser.find_elements(By.CSS_SELECTOR, selector)


def one(browser: Chrome, selector: str) -> WebElement:
    """The first element that a selector finds."""
    return browser.find_element(By.CSS_SELECTOR, selector)


def choose(browser: Chrome, *choices: str) -> None:
    """Click these filters, one after the other."""
    for choice in choices:
        one(browser, f'.choice[data-choice="{choice}"]').click()


def shown(browser: Chrome) -> list[str]:
    """The ids of the requirements that are to be seen."""
    return [entry.get_attribute("id") or "" for entry in all_of(browser, ".entry") if entry.is_displayed()]


def pressed(browser: Chrome) -> list[str]:
    """The filters that are on."""
    return [button.get_attribute("data-choice") or "" for button in all_of(browser, '.choice[aria-pressed="true"]')]


def focused(browser: Chrome) -> WebElement:
    """The element that has the focus."""
    return browser.switch_to.active_element


def press(browser: Chrome, *keys: str) -> None:
    """Press these keys, one after the other."""
    for key in keys:
        ActionChains(browser).send_keys(key).perform()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("page", PAGES)
def test_nothing_is_wider_than_the_window(page: str, width: int, browser: Chrome, folder: Path) -> None:
    show(browser, url_of(folder, page), width=width)
    for button in all_of(browser, '[data-open="true"]'):
        button.click()

    wide, visible = browser.execute_script(
        "return [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert wide == visible
    assert width - 20 <= visible <= width


@pytest.mark.parametrize("page", PAGES)
def test_page_has_no_errors_and_asks_for_nothing(page: str, browser: Chrome, folder: Path) -> None:
    show(browser, url_of(folder, page))

    assert logged(browser, "browser") == []
    messages = [json.loads(entry["message"])["message"] for entry in logged(browser, "performance")]
    asked = [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]
    assert [url for url in asked if not url.startswith("data:")] == [url_of(folder, page)]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("page", PAGES)
def test_page_is_accessible(page: str, scheme: str, browser: Chrome, folder: Path) -> None:
    show(browser, url_of(folder, page), scheme=scheme, width=800)
    for button in all_of(browser, '[data-open="true"]'):
        button.click()

    found = Axe().run(browser)

    assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found["violations"]] == []
    assert len(found["passes"]) > 15


def test_colour_scheme_is_that_of_the_user(browser: Chrome, folder: Path) -> None:
    colours = []
    for scheme in ("light", "dark"):
        show(browser, url_of(folder, "example"), scheme=scheme)
        colours.append(one(browser, "html").value_of_css_property("background-color"))

    assert colours == ["rgba(255, 255, 255, 1)", "rgba(20, 23, 27, 1)"]


def test_expected_and_received_stand_side_by_side_where_there_is_room(browser: Chrome, folder: Path) -> None:
    tops = {}
    for width in (360, 1600):
        show(browser, url_of(folder, "example"), width=width)
        sides = all_of(browser, "#delete\\.gone .side")
        tops[width] = len({side.rect["y"] for side in sides})

    assert tops == {360: 2, 1600: 1}


@pytest.mark.parametrize("width", WIDTHS)
def test_no_status_runs_into_an_id(width: int, browser: Chrome, folder: Path) -> None:
    show(browser, url_of(folder, "example"), width=width)

    overflowing = browser.execute_script(
        "return [...document.querySelectorAll('.status')].filter((mark) => mark.scrollWidth > mark.clientWidth).length"
    )
    assert overflowing == 0
    assert len(all_of(browser, ".status")) == 12


def test_filter_by_status(example: Chrome) -> None:
    choose(example, "fail")

    assert shown(example) == ["delete.gone", "id.unique", "text.exact"]
    assert pressed(example) == ["fail"]
    assert one(example, ".shown").text == "3 of 12 shown"
    assert [heading.text for heading in all_of(example, ".topic h2") if heading.is_displayed()] == [
        "delete\n0 of 2 met",
        "id\n0 of 1 met",
        "text\n0 of 1 met",
    ]


def test_filters_add_up_and_all_ends_them(example: Chrome) -> None:
    choose(example, "fail", "warn", "known", "fail")

    assert shown(example) == ["input.details", "media.accept"]
    choose(example, "")
    assert len(shown(example)) == 12
    assert pressed(example) == [""]


def test_filter_that_is_taken_back_shows_all(example: Chrome) -> None:
    choose(example, "fail", "fail")

    assert len(shown(example)) == 12
    assert pressed(example) == [""]


def test_filter_by_text(example: Chrome) -> None:
    one(example, "#text").send_keys("DELETE  still")

    assert shown(example) == ["delete.gone"]
    choose(example, "pass")
    assert shown(example) == []
    assert one(example, ".none").is_displayed()


def test_enter_in_the_text_changes_nothing(example: Chrome) -> None:
    one(example, "#text").send_keys("unique", Keys.ENTER)

    assert shown(example) == ["id.unique"]
    assert "?" not in example.current_url


def test_all_can_be_folded_and_unfolded(example: Chrome) -> None:
    numbers = []
    for opens in ("false", "true"):
        one(example, f'[data-open="{opens}"]').click()
        numbers.append(len(all_of(example, ".entry[open]")))

    assert numbers == [0, 12]


def test_link_shows_what_was_filtered_and_folded(example: Chrome) -> None:
    choose(example, "fail")
    one(example, "#delete\\.gone .more > p a").click()
    WebDriverWait(example, 10).until(lambda _: one(example, "#delete\\.idempotent").get_attribute("open"))

    assert one(example, "#delete\\.idempotent .reason").is_displayed()
    assert len(shown(example)) == 12
    assert focused(example) == one(example, "#delete\\.idempotent summary")


def test_page_opened_at_a_requirement_shows_it_below_the_filters(browser: Chrome, folder: Path) -> None:
    show(browser, f"{url_of(folder, 'example')}#delete.idempotent")

    entry, toolbar = one(browser, "#delete\\.idempotent"), one(browser, ".toolbar")
    assert entry.get_attribute("open")
    top, bottom = browser.execute_script(
        "return [arguments[0].getBoundingClientRect().top, arguments[1].getBoundingClientRect().bottom]", entry, toolbar
    )
    assert bottom <= top < 900


def with_control(place: WebElement, *keys: str) -> None:
    """Press these keys in the element, one after the other, with the control key held."""
    for key in keys:
        place.send_keys(Keys.CONTROL, key)


@pytest.mark.parametrize("secure", [True, False], ids=["file", "http"])
@pytest.mark.parametrize(
    ("id", "lines"), [("delete.gone", CURL), ("text.exact", (f"echo '{HOSTILE}'",))], ids=["several", "hostile"]
)
def test_curl_lines_are_copied(id: str, lines: Sequence[str], secure: bool, browser: Chrome, folder: Path) -> None:
    with serve(SharedDataMiddleware(NotFound(), {"/": str(folder)})) as url:
        remote = f"{url.replace('127.0.0.1', 'pages.test')}/example.html"
        show(browser, url_of(folder, "example") if secure else remote)
        browser.execute_script("document.body.prepend(document.createElement('textarea'))")
        place, button = one(browser, "textarea"), one(browser, f'[id="{id}"] .copy')
        place.send_keys("what was copied before")
        with_control(place, "a", "c")

        button.click()
        WebDriverWait(browser, 10).until(lambda _: button.text == "Copied")
        with_control(place, "a", "v")

        assert browser.execute_script("return isSecureContext") is secure
        assert place.get_property("value") == "\n".join(lines)


def test_everything_is_reached_by_the_keyboard(example: Chrome) -> None:
    seen = []
    for _ in range(60):
        press(example, Keys.TAB)
        element = focused(example)
        if element.tag_name == "body":
            break
        seen.append(element)
        assert element.value_of_css_property("outline-style") == "solid"

    reachable = "a[href], button:not([hidden]), input, summary"
    assert set(seen) == {element for element in all_of(example, reachable) if element.is_displayed() or element in seen}
    assert seen[0].text == "Skip to the requirements"


def test_keys_filter_and_unfold(example: Chrome) -> None:
    one(example, '.choice[data-choice="blocked"]').send_keys(Keys.SPACE)
    summary = one(example, "#delete\\.idempotent summary")
    summary.send_keys(Keys.ENTER)

    assert shown(example) == ["delete.idempotent"]
    assert one(example, "#delete\\.idempotent").get_attribute("open")


def test_page_reads_without_javascript(browser: Chrome, folder: Path) -> None:
    show(browser, url_of(folder, "example"), script=False)
    try:
        assert len(shown(browser)) == 12
        assert one(browser, "#delete\\.gone .received code").is_displayed()
        assert [element for element in all_of(browser, "button, input") if element.is_displayed()] == []
        one(browser, "#cache\\.304 summary").click()
        assert one(browser, "#cache\\.304 .reason").is_displayed()
    finally:
        show(browser, "about:blank")


def test_rows_of_the_table_are_filtered(browser: Chrome, folder: Path) -> None:
    show(browser, url_of(folder, "two"))
    choose(browser, "same")

    assert shown(browser) == ["create.stored"]
    assert one(browser, ".shown").text == "1 of 12 shown"


def test_change_leads_to_its_row(browser: Chrome, folder: Path) -> None:
    show(browser, url_of(folder, "two"))
    choose(browser, "same")
    one(browser, '.changes a[href="#id.unique"]').click()
    WebDriverWait(browser, 10).until(lambda _: "id.unique" in shown(browser))

    row, head = one(browser, "#id\\.unique"), one(browser, "thead")
    assert row.rect["y"] >= head.rect["y"] + head.rect["height"]


def test_names_of_the_runs_stay_in_sight(browser: Chrome, folder: Path) -> None:
    show(browser, url_of(folder, "many"), width=800)
    table = one(browser, ".table")
    browser.execute_script("arguments[0].scrollTo(300, 300)", table)

    assert one(browser, "thead th:nth-child(2)").rect["y"] == pytest.approx(table.rect["y"], abs=1)
    assert one(browser, "tbody th").rect["x"] == pytest.approx(table.rect["x"], abs=1)
