from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.browser.site import Site, address_of, load_demo, serving
from tests.conftest import own_clone

LAUNCH = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-quic",
          "--no-first-run", "--disable-background-networking", "--disable-component-update",
          "--disable-sync"]  # fmt: skip


def chromium() -> str | None:
    """The browser to drive: without windows of its own it takes a third less time."""
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    return next(filter(None, map(shutil.which, names)), None)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_type_launch_args, "executable_path": chromium(), "args": LAUNCH}


@pytest.fixture(scope="session")
def demo_database(cluster: Any, django_db_setup: None, django_db_blocker: Any) -> str:
    """The small demo, loaded once; what is served is a clone of it."""
    with django_db_blocker.unblock(), own_clone(cluster, keep=True) as name:
        load_demo(scale=0)
    return name


@pytest.fixture(scope="module")
def site(cluster: Any, demo_database: str, django_db_blocker: Any) -> Iterator[Site]:
    """The small demo, served; one for a module's tests, which leave their traces in it.

    Not for the session: while it runs, every connection points at its database.
    """
    with django_db_blocker.unblock(), own_clone(cluster, demo_database), serving() as found:
        yield found


class Visit:
    """A page open in the browser, with what went wrong while it was."""

    def __init__(self, page: Any, site: Site) -> None:
        self.page, self.site = page, site
        self.console: list[str] = []
        self.foreign: list[str] = []
        page.on("console", lambda m: self.console.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: self.console.append(str(error)))
        page.on("request", self._asked)

    def _asked(self, request: Any) -> None:
        own = f".localhost:{self.site.port}/"
        if own not in request.url and not request.url.startswith(("data:", "blob:")):
            self.foreign.append(request.url)

    def open(self, path: str) -> Any:
        return self.page.goto(self.site.url(path))

    def turn(self, width: int, scheme: str) -> None:
        """Give the screen this many pixels of width, and light or dark."""
        self.page.set_viewport_size({"width": width, "height": 900})
        self.page.emulate_media(color_scheme=scheme)

    def spill(self) -> int:
        """Pixels by which the page is wider than the screen."""
        return int(
            self.page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
        )


@pytest.fixture(scope="module")
def contexts(site: Site, browser: Any) -> Iterator[Callable[[str], Any]]:
    """By role a browser that is signed in and has the site's scripts and styles already."""
    made: dict[str, Any] = {}

    def of(role: str) -> Any:
        if role not in made:
            made[role] = browser.new_context(reduced_motion="reduce")
            sign_in(made[role], site, role)
        return made[role]

    yield of
    for context in made.values():
        context.close()


@pytest.fixture
def look_as(site: Site, contexts: Callable[[str], Any]) -> Iterator[Callable[[str], Visit]]:
    """A tab of the module's browser of a role, for who changes nothing: ``look_as("cam")``."""
    tabs = []

    def come(role: str) -> Visit:
        tabs.append(contexts(role).new_page())
        return Visit(tabs[-1], site)

    yield come
    for tab in tabs:
        tab.close()


def sign_in(context: Any, site: Site, role: str) -> None:
    """Give the browser the session of the first person with the role; none for nobody."""
    if role:
        value = site.session_of(address_of(role))
        context.add_cookies([{"name": "sessionid", "value": value, "url": site.url("/")}])


@pytest.fixture
def visit_as(site: Site, browser: Any) -> Iterator[Callable[..., Visit]]:
    """Open the site as a role of the demo: ``visit_as("cam", width=390, dark=True)``."""
    contexts = []

    def come(role: str = "", *, width: int = 1440, dark: bool = False) -> Visit:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
        )
        contexts.append(context)
        sign_in(context, site, role)
        return Visit(context.new_page(), site)

    yield come
    for context in contexts:
        context.close()
