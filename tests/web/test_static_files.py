"""Front-end packages: only what is listed, and no address outside this house."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from django.test import override_settings

from web.static_files import HashedStorage, PackageFinder, allowed_files

TABLER = "pkg/@tabler/core/dist/css/tabler.min.css"
needs_packages = pytest.mark.skipif(
    not (Path(settings.BASE_DIR) / "node_modules").is_dir(), reason="npm ci has not run"
)


@pytest.fixture
def packages(tmp_path: Path):
    """A node_modules of one listed and one unlisted file."""
    (tmp_path / "@tabler/core/dist/css").mkdir(parents=True)
    (tmp_path / "@tabler/core/dist/css/tabler.min.css").write_text("a{}")
    (tmp_path / "@tabler/core/package.json").write_text("{}")
    with override_settings(NODE_MODULES=tmp_path):
        yield tmp_path


def test_finder_finds_a_listed_file(packages: Path) -> None:
    assert PackageFinder().find(TABLER) == str(packages / "@tabler/core/dist/css/tabler.min.css")


def test_finder_finds_no_unlisted_file(packages: Path) -> None:
    assert PackageFinder().find("pkg/@tabler/core/package.json") == []


def test_finder_does_not_climb_out(packages: Path) -> None:
    assert PackageFinder().find("pkg/../../etc/passwd") == []


def test_finder_says_nothing_when_the_package_is_missing(packages: Path) -> None:
    assert PackageFinder().find("pkg/echarts/dist/echarts.min.js") == []


@needs_packages
def test_every_listed_file_is_installed() -> None:
    assert [name for name in allowed_files() if not finders.find(name)] == []


@needs_packages
def test_every_font_the_style_sheet_names_is_listed() -> None:
    sheet = finders.find("pkg/@fontsource-variable/inter/wght.css")
    assert isinstance(sheet, str)
    named = set(re.findall(r"files/[\w.-]+", Path(sheet).read_text()))
    assert {f"pkg/@fontsource-variable/inter/{name}" for name in named} <= set(allowed_files())


def test_our_own_files_name_no_foreign_address() -> None:
    named = {
        (path.name, address)
        for path in (Path(settings.BASE_DIR) / "static").rglob("*")
        if path.suffix in {".css", ".js", ".svg"}
        for address in re.findall(r"https?://[^\s\"')]+", path.read_text())
    }
    assert named == {("mainstay-mark.svg", "http://www.w3.org/2000/svg")}


def test_storage_follows_urls_and_leaves_source_maps_alone(tmp_path: Path) -> None:
    source = FileSystemStorage(location=tmp_path / "in")
    source.save("a.woff2", ContentFile(b"font"))
    sheet = b"@font-face{src:url(a.woff2)}\n/*# sourceMappingURL=a.css.map */"
    source.save("a.css", ContentFile(sheet))
    built = HashedStorage(location=tmp_path / "out", base_url="/static/")
    for name in ("a.woff2", "a.css"):
        built.save(name, source.open(name))
    failed = [
        result
        for _, _, result in built.post_process({n: (source, n) for n in ("a.woff2", "a.css")})
        if isinstance(result, Exception)
    ]
    text = built.open(built.stored_name("a.css")).read().decode()
    assert (failed, 'url("a.' in text, "sourceMappingURL=a.css.map" in text) == ([], True, True)


def test_storage_gives_plain_names_before_the_first_collectstatic(tmp_path: Path) -> None:
    assert HashedStorage(location=tmp_path, base_url="/static/").url("mainstay.css") == (
        "/static/mainstay.css"
    )
