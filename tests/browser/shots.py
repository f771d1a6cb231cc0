"""``make shots``: pictures of every page, wide and narrow, light and dark, with the whole demo."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

FOLDER = Path("shots")
SIZES = ((1440, 900), (390, 844))


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    import django

    django.setup()
    from playwright.sync_api import sync_playwright

    from runtime.postgres import Cluster
    from tests.browser.conftest import LAUNCH, chromium
    from tests.browser.site import load_demo, serving
    from tests.conftest import prepare_database

    only = set(sys.argv[1:])
    cluster = Cluster(throwaway=True, in_memory=True)
    cluster.start()
    try:
        prepare_database(cluster)
        load_demo(scale=int(os.environ.get("SCALE", "1")))
        with serving() as site, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=LAUNCH)
            shoot(browser, site, only)
            browser.close()
    finally:
        cluster.stop()


def shoot(browser: Any, site: Any, only: set[str]) -> None:
    from tests.browser.pages import PAGES
    from tests.browser.site import address_of

    FOLDER.mkdir(parents=True, exist_ok=True)
    for width, height in SIZES:
        for scheme in ("light", "dark"):
            for page in PAGES:
                if only and page.name not in only:
                    continue
                context = browser.new_context(
                    viewport={"width": width, "height": height},
                    color_scheme=scheme,
                    reduced_motion="reduce",
                )
                if page.role:
                    value = site.session_of(address_of(page.role))
                    context.add_cookies(
                        [{"name": "sessionid", "value": value, "url": site.url("/")}]
                    )
                tab = context.new_page()
                tab.goto(site.url(page.where(site)))
                tab.wait_for_timeout(150)
                tab.screenshot(path=FOLDER / f"{page.name}-{width}-{scheme}.png", full_page=True)
                context.close()
                print(f"{page.name}-{width}-{scheme}")


if __name__ == "__main__":
    main()
