"""What portal, admin and API call: small files at once, larger ones by the worker."""

from __future__ import annotations

import datetime as dt

from tenants.importing.applying import apply_import, ask_worker_to_apply, hand_back
from tenants.importing.staging import keep_import, refresh_import, reset_import, stage_import
from tenants.models import ImportJob
from tenants.writing import Refused, action

AT_ONCE = 100 * 1024
"""Bytes of a file that is read, and whose rows are applied, within a request: about 1,500 rows."""


def upload_import(
    kind: str,
    *,
    data: bytes,
    file_name: str,
    at: dt.datetime,
    partner_id: int | None = None,
) -> ImportJob:
    """Take a file: the job is previewed already, or waits for the worker.

    Raises as ``keep_import`` does, and for what is read at once as ``read_import``.
    """
    take = stage_import if len(data) <= AT_ONCE else keep_import
    return take(kind, data=data, file_name=file_name, at=at, partner_id=partner_id)


def ask_apply(job: ImportJob, *, at: dt.datetime) -> ImportJob:
    """Do what the preview shows: at once, or by the worker.

    Raises ``Refused``: ``import_finished``, ``import_has_errors``, ``preview_outdated``, with the
    preview made anew (a worker makes it anew and says so in the job's ``note``).
    """
    if not is_small(job):
        return ask_worker_to_apply(job)
    try:
        return apply_import(job, at=at)
    except Refused as refused:
        if refused.code == "preview_outdated" and job.file_id is not None:
            refresh_import(job, at=at)
        raise


@action("imports.run")
def ask_refresh(job: ImportJob, *, at: dt.datetime) -> ImportJob:
    """Have the preview made anew: at once, or by the worker. Raises as ``reset_import`` does."""
    return refresh_import(job, at=at) if is_small(job) else hand_back(reset_import(job))


def is_small(job: ImportJob) -> bool:
    """Whether the job is done within the request that asks for it."""
    return job.file is None or job.file.size <= AT_ONCE


for _asked in (upload_import, ask_apply):
    _asked.capability = "imports.run"  # type: ignore[attr-defined, union-attr]
