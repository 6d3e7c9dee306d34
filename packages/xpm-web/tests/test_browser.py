"""The page in a real browser. Skipped where there is no Playwright or no Chromium."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from xpm_web.server import Server
from xpm_web.testing import Visitor
from xpm_workspace.layout import WorkspaceLayout
from xpm_workspace.runs import RunHandle
from xpm_workspace.testing import make_job

playwright = pytest.importorskip("playwright.sync_api", reason="needs Playwright: pip install playwright")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
if CHROMIUM is None:
    pytest.skip("needs a Chromium: apt-get install chromium", allow_module_level=True)

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page, Request

expect = playwright.expect
expect.set_options(timeout=15_000)

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
LEARNED = "ir.learn/" + "0" * 64
FAILED = "ir.learn/" + "2" * 64
WAITING = "ir.evaluate/" + "3" * 64
PARTS = {
    "experiments": "#/experiments",
    "jobs": "#/experiments/ranking/jobs",
    "graph": "#/experiments/ranking/graph",
    "runs": "#/experiments/ranking/runs",
    "services": "#/services",
    "job": f"#/jobs/{LEARNED}",
    "log": f"#/jobs/{LEARNED}/log",
    "orphans": "#/orphans",
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all tests of a worker."""
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    """A page whose link was opened. At the end: it complained of nothing, and asked no other host."""
    context = browser.new_context(viewport={"width": 1200, "height": 700}, locale="en-GB")
    context.set_default_timeout(15_000)
    page = context.new_page()
    complaints: list[str] = []
    foreign: list[str] = []
    ours = f"127.0.0.1:{server.port}"

    def on_console(message: ConsoleMessage) -> None:
        # A refused request is told by the browser as well; what is wrong with it is looked at elsewhere.
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            complaints.append(message.text)

    def on_request(request: Request) -> None:
        if urlsplit(request.url).netloc != ours and not request.url.startswith("data:"):
            foreign.append(request.url)

    page.on("console", on_console)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", on_request)
    page.goto(server.url)
    yield page
    context.close()
    assert complaints == []
    assert foreign == []


def show(page: Page, address: str) -> None:
    page.evaluate("address => { location.hash = address }", address)


def row(page: Page, job_id: str) -> str:
    task, _, identifier = job_id.partition("/")
    return f"[role=row]:has(code:text-is('{identifier[:8]}')):has-text('{task.rpartition('.')[2]}')"


def test_the_link_opens_the_experiment(page: Page, server: Server) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("ranking")
    assert page.url == f"http://127.0.0.1:{server.port}/#/experiments/ranking"
    expect(page.get_by_text("2 of 4 jobs done")).to_be_visible()
    expect(page.locator(".live")).to_have_text("live")
    page.get_by_role("navigation", name="Parts", exact=True).get_by_text("Experiments").click()
    expect(page.get_by_role("row", name="ranking")).to_contain_text("node-1")


def test_filter_sort_and_the_address(page: Page) -> None:
    rows = page.locator(".jobs-body [role=row]")
    expect(rows).to_have_count(4)
    page.get_by_label("Filter", exact=True).fill('@name = "learn" and n = 2')
    expect(rows).to_have_count(1)
    assert "filter=%40name" in page.url
    page.go_back()
    expect(rows).to_have_count(4)
    page.get_by_role("button", name="1 failed").click()
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("error")
    page.reload()  # the address says it all
    expect(page.locator(".jobs-body [role=row]")).to_have_count(1)
    page.get_by_role("button", name="1 failed").click()
    page.get_by_role("button", name="Task").click()
    expect(page.get_by_role("columnheader", name="Task")).to_have_attribute("aria-sort", "ascending")
    expect(rows.first).to_contain_text("evaluate")
    page.get_by_role("button", name="Task").click()
    expect(rows.first).to_contain_text("learn")


def test_a_wrong_filter_is_told(page: Page) -> None:
    page.get_by_label("Filter", exact=True).fill("@stat = DONE")
    expect(page.locator("#filter-problem")).to_contain_text("there is no field '@stat'")
    page.get_by_label("Filter", exact=True).fill("")
    expect(page.locator("#filter-problem")).to_be_empty()


def test_changes_are_shown(page: Page, run: RunHandle) -> None:
    waiting = page.locator(row(page, WAITING))
    expect(waiting).to_contain_text("waiting")
    run.record_states([{"job": WAITING, "state": "READY"}])
    expect(waiting).to_contain_text("ready")
    run.record_jobs([{"job": "ir.later/" + "5" * 64}])
    expect(page.locator(".jobs-body [role=row]")).to_have_count(5)
    expect(page.get_by_text("2 of 5 jobs done")).to_be_visible()


def test_one_job(page: Page, workspace: WorkspaceLayout) -> None:
    page.locator(row(page, LEARNED)).get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("learn 00000000")
    expect(page.get_by_text("<i>bm25</i>")).to_be_visible()  # what jobs say is text
    assert page.locator("main i").count() == 0
    expect(page.locator("#copy-path")).to_have_text(str(workspace.job("ir.learn", "0" * 64).path))
    page.get_by_role("region", name="Needed by").get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("evaluate 33333333")


def test_a_log_as_it_grows(page: Page, workspace: WorkspaceLayout) -> None:
    show(page, PARTS["log"])
    log = page.get_by_role("log")
    expect(log).to_contain_text("<b>three</b>")
    assert log.locator("b").count() == 0
    with workspace.job("ir.learn", "0" * 64).stdout.open("a", encoding="utf-8") as file:
        file.write("\x1b[31mvierté\x1b[0m\n  0%\r 50%\r100%\n")
    expect(log).to_contain_text(re.compile(r"\nvierté\n100%\n$"))
    page.get_by_role("button", name="Errors").click()
    expect(page.get_by_text("Nothing was written yet.")).to_be_visible()
    assert "stream=err" in page.url


def test_a_long_log_is_read_by_parts(page: Page, workspace: WorkspaceLayout) -> None:
    lines = "".join(f"line {number:07}\n" for number in range(100_000))
    workspace.job("ir.learn", "0" * 64).stdout.write_text(lines)
    show(page, PARTS["log"])
    log = page.get_by_role("log")
    expect(log).to_contain_text("line 0099999")
    assert len(log.inner_text()) < 300_000
    page.get_by_role("button", name="Beginning").click()
    expect(log).to_contain_text("line 0000000")
    page.get_by_role("button", name="End", exact=True).click()
    expect(log).to_contain_text("line 0099999")
    log.evaluate("log => { log.scrollTop = 0 }")  # reads what comes before
    expect(page.get_by_text(re.compile(r"(25\d|38\d) KiB of"))).to_be_visible()


def test_the_graph(page: Page, run: RunHandle, workspace: WorkspaceLayout) -> None:
    # Shares of the states, 50 % and three sixths, that add up to a bit more than all of it.
    done = [make_job(workspace, "ir.six", f"{number}" * 64).job_id for number in range(3)]
    others = {f"ir.six/{number}" + "a" * 63: s for number, s in enumerate(("WAITING", "SCHEDULED", "ERROR"))}
    run.record_jobs({"job": job_id} for job_id in [*done, *others])
    run.record_states({"job": job_id, "state": state, "reason": "FAILED"} for job_id, state in others.items())
    expect(page.get_by_text("5 of 10 jobs done")).to_be_visible()
    show(page, PARTS["graph"])
    expect(page.locator(".graph-box canvas").first).to_be_attached()
    expect(page.get_by_text("10 jobs, 1 dependencies", exact=True)).to_be_visible()
    page.get_by_role("button", name="Zoom in").click()
    page.get_by_role("button", name="Fit").click()
    page.get_by_text("As a list").click()
    page.get_by_role("link", name="open " + WAITING).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("evaluate")
    page.go_back()
    page.get_by_role("button", name="Tasks").click()
    expect(page.get_by_text("3 tasks, 1 dependencies · 10 jobs")).to_be_visible()
    assert "detail=tasks" in page.url
    expect(page.locator(".graph-note")).to_have_count(0)  # it was laid out; what is wrong with it is told


def test_cleaning_asks_first(page: Page, workspace: WorkspaceLayout) -> None:
    show(page, PARTS["orphans"])
    orphan = workspace.job("ir.old", "f" * 64)
    page.get_by_role("button", name=f"Clean {orphan.job_id}").click()
    dialog = page.get_by_role("dialog", name="Clean this job?")
    expect(dialog).to_contain_text(orphan.job_id)
    expect(dialog).to_contain_text(f"remove {orphan.path}")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_have_count(0)
    assert orphan.path.exists()
    page.get_by_role("button", name=f"Clean {orphan.job_id}").click()
    dialog.get_by_role("button", name="Clean", exact=True).click()
    expect(page.locator(".toast")).to_have_text("1 job removed")
    assert not orphan.path.exists()
    expect(page.get_by_text("No orphan")).to_be_visible()


def test_several_at_once(page: Page, workspace: WorkspaceLayout) -> None:
    for job_id in (LEARNED, FAILED, WAITING):
        page.locator(row(page, job_id)).get_by_role("checkbox").check()
    selection = page.get_by_role("region", name="Selected jobs")
    expect(selection).to_contain_text("3 jobs selected")
    selection.get_by_role("button", name="Retry").click()
    dialog = page.get_by_role("dialog", name="Retry this job?")
    expect(dialog).to_contain_text("ask its scheduler to run it again")
    expect(dialog).to_contain_text("Left alone")
    dialog.get_by_role("button", name="Cancel").click()
    selection.get_by_role("button", name="Clear").click()
    expect(selection).to_have_count(0)


def test_by_keyboard_alone(page: Page) -> None:
    expect(page.locator(".jobs-body [role=row]")).to_have_count(4)
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to the content")).to_be_focused()
    page.keyboard.press("/")
    expect(page.get_by_label("Filter", exact=True)).to_be_focused()
    page.keyboard.press("Escape")
    grid = page.get_by_role("grid", name="Jobs")
    expect(grid).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(grid).to_have_attribute("aria-activedescendant", "job-row-1")
    page.keyboard.press("End")
    expect(grid).to_have_attribute("aria-activedescendant", "job-row-3")
    page.keyboard.press("Space")
    expect(page.get_by_text("1 job selected")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("1 job selected")).to_have_count(0)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    expect(page.get_by_role("heading", level=1)).to_contain_text("learn")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.type("go")  # both at once: a pause between them has a meaning
    expect(page.get_by_role("heading", level=1)).to_have_text("Orphans")


def test_light_and_dark(page: Page) -> None:
    root = page.locator("html")
    page.emulate_media(color_scheme="dark")
    expect(root).to_have_attribute("data-theme", "dark")
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_role("button", name="Light colours").click()
    expect(root).to_have_attribute("data-theme", "light")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != dark
    page.reload()
    expect(root).to_have_attribute("data-theme", "light")


def test_a_lost_server_is_told(page: Page, server: Server) -> None:
    expect(page.locator(".live")).to_have_text("live")
    server.close()
    expect(page.locator(".live")).to_have_text("connection lost")
    expect(page.get_by_text("the monitor does not answer").first).to_be_visible()


def test_only_the_rows_that_are_seen_exist(page: Page, workspace: WorkspaceLayout, run: RunHandle) -> None:
    ids = [f"ir.many/{number:064}" for number in range(3000)]
    run.record_jobs({"job": job_id, "tags": {"n": number}} for number, job_id in enumerate(ids))
    expect(page.get_by_text("3,004 jobs", exact=True)).to_be_visible()
    grid = page.get_by_role("grid", name="Jobs")
    expect(grid).to_have_attribute("aria-rowcount", "3005")
    assert page.locator(".jobs-body [role=row]").count() < 60
    grid.focus()
    page.keyboard.press("End")
    expect(page.locator("#job-row-3003")).to_be_visible()
    expect(page.locator("[aria-rowindex='3005'] code")).to_have_text("00000000")
    grid.evaluate("grid => { grid.scrollTop = grid.scrollHeight / 2 }")
    expect(page.locator("#job-row-1500")).to_be_visible()
    assert page.locator(".jobs-body [role=row]").count() < 60


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_accessibility(page: Page, theme: str, workspace: WorkspaceLayout) -> None:
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="needs axe: pip install axe-playwright-python"
    )
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    ready = {"jobs": ".jobs-body [role=row]", "graph": ".graph-box canvas", "log": ".log-box span"}
    for name, address in PARTS.items():
        show(page, address)
        page.locator(ready.get(name, "main h1")).first.wait_for(state="attached")
        expect(page.locator("main .empty", has_text="…")).to_have_count(0)
        found = axe.Axe().run(page)
        assert found.violations_count == 0, f"{name}: {found.generate_report()}"


def test_a_person_without_the_link(browser: Browser, server: Server, visitor: Visitor) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"http://127.0.0.1:{server.port}/")
        expect(page.get_by_role("heading")).to_have_text("This monitor needs its link")
