"""Front-end packages: an allow-list finder, and a storage that renames what pages load.

Only listed files of `node_modules` are served. The storage follows `url()` and `@import`
alone: Tabler's files name source maps that are not shipped, and Django would fail on them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from django.core.files.storage import FileSystemStorage

PREFIX = "pkg"
PACKAGES: dict[str, tuple[str, ...]] = {
    "@tabler/core": ("dist/css/tabler.min.css",),
    "@fontsource-variable/inter": (
        "wght.css",
        *(
            f"files/inter-{script}-wght-normal.woff2"
            for script in (
                "latin",
                "latin-ext",
                "greek",
                "greek-ext",
                "cyrillic",
                "cyrillic-ext",
                "vietnamese",
            )
        ),
    ),
    "echarts": ("dist/echarts.min.js",),
}


def node_modules() -> Path:
    """Return the folder `npm ci` filled."""
    return Path(getattr(settings, "NODE_MODULES", Path(settings.BASE_DIR) / "node_modules"))


def allowed_files() -> dict[str, str]:
    """Map each static name (`pkg/@tabler/core/...`) to its path below `node_modules`."""
    return {
        f"{PREFIX}/{package}/{name}": f"{package}/{name}"
        for package, names in PACKAGES.items()
        for name in names
    }


class PackageFinder(BaseFinder):
    """Finds the listed files of the installed front-end packages, and nothing else."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.storage = PackageStorage(node_modules())

    def check(self, **kwargs: Any) -> list[Any]:
        """Nothing to check: a missing package shows as a missing file with its name."""
        return []

    def find(  # type: ignore[override]
        self, path: str, find_all: bool = False, **kwargs: Any
    ) -> str | list[str]:
        """Return the file for a static name, [] when it is not on the list."""
        # Django 5.2 still passes `all` under its old name in places.
        find_all = bool(kwargs.get("all", find_all))
        relative = allowed_files().get(path)
        if relative is None:
            return []
        full = node_modules() / relative  # from our own list, so it cannot climb out
        if not full.is_file():
            return []
        return [str(full)] if find_all else str(full)

    def list(self, ignore_patterns: Any) -> Iterator[tuple[str, FileSystemStorage]]:
        """Yield every listed file for collectstatic."""
        for name in allowed_files():
            yield name, self.storage


class PackageStorage(FileSystemStorage):
    """Reads `pkg/<package>/<file>` from `node_modules`."""

    def path(self, name: str) -> str:
        """Return the real path of a static name."""
        return super().path(allowed_files().get(name, name))


class HashedStorage(ManifestStaticFilesStorage):
    """Content-hashed names for everything; follows only `url()` and `@import`."""

    support_js_module_import_aggregation = False

    def stored_name(self, name: str) -> str:
        """Return the hashed name; before the first collectstatic the name itself."""
        return super().stored_name(name) if self.hashed_files else name

    patterns = (
        (
            "*.css",
            (
                r"""(?P<matched>url\(['"]{0,1}\s*(?P<url>.*?)["']{0,1}\))""",
                (
                    r"""(?P<matched>@import\s*["']\s*(?P<url>.*?)["'])""",
                    """@import url("%(url)s")""",
                ),
            ),
        ),
    )
