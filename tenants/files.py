"""Files that people hand in: what is taken, where the bytes lie, how they are handed out again.

Nothing in a file is ever run or shown inside a page: it is told by its own first bytes what it is,
and leaves as a download whose name and kind the browser does not guess at.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import dataclass
from pathlib import PurePath

from django.core.files.storage import default_storage
from django.http import HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from tenants.models import File
from tenants.writing import Reason, Refused

MOST_BYTES = 10 * 1024 * 1024
ENDINGS = {
    "application/pdf": (".pdf",),
    "image/png": (".png",),
    "image/jpeg": (".jpg", ".jpeg"),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": (".docx",),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": (".xlsx",),
    "text/csv": (".csv",),
    "text/plain": (".txt",),
}
"""What is taken, each with the endings that its name may have."""

_BEGINNINGS = {
    b"%PDF-": "application/pdf",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
}
_OFFICE = {
    "word/document.xml": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl/workbook.xml": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True)
class Document:
    """A file that is taken: ``content_type`` is what its content says, not what its sender said."""

    name: str
    content_type: str
    data: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


def document_of(name: str, data: bytes) -> Document:
    """The file, if it is taken. Raises ``Refused`` with pointer ``document``: ``file_too_large``,
    ``file_empty``, ``file_kind`` where its content is of no kind that is taken or not of the kind
    that its name says."""
    name = "".join(c for c in PurePath(name.replace("\\", "/")).name if c.isprintable())[-255:]
    if len(data) > MOST_BYTES:
        raise _refused("file_too_large", _("The file is larger than 10 MB."))
    if not data:
        raise _refused("file_empty", _("The file is empty."))
    ending = PurePath(name).suffix.lower()
    kinds = [kind for kind in _kinds(data) if ending in ENDINGS[kind]]
    if not kinds:
        raise _refused(
            "file_kind",
            _("This is no PDF, PNG, JPEG, DOCX, XLSX, CSV or plain text with the ending of one."),
        )
    return Document(name, kinds[0], data)


def download(file: File) -> HttpResponse:
    """The file as a download, for somebody whose scope found the row."""
    with default_storage.open(file.key) as held:
        answer = HttpResponse(held.read(), content_type=file.content_type)
    answer["Content-Disposition"] = content_disposition_header(True, file.name)
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer["Cache-Control"] = "private, no-store"
    return answer


def _kinds(data: bytes) -> list[str]:
    """What the content may be; a text may be a table as well."""
    for beginning, kind in _BEGINNINGS.items():
        if data.startswith(beginning):
            return [kind]
    if data.startswith(b"PK\x03\x04"):
        return _office(data)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return []
    plain = all(c.isprintable() or c in "\r\n\t\f" for c in text)
    return ["text/csv", "text/plain"] if plain else []


def _office(data: bytes) -> list[str]:
    """Word and Excel without macros, told by their parts; nothing is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            parts = set(packed.namelist())
    except zipfile.BadZipFile:
        return []
    if any(part.endswith("vbaProject.bin") for part in parts):
        return []
    return [kind for part, kind in _OFFICE.items() if part in parts]


def _refused(code: str, detail: str) -> Refused:
    return Refused(code, detail, reasons=[Reason(code, detail, pointer="document")])
