"""The one write that a hand-over between hosts needs: that its link was used."""

from __future__ import annotations

import datetime as dt
import uuid

from tenants.models import UsedHandOver
from tenants.writing import action

_KEPT = dt.timedelta(hours=1)


@action(None)
def use_hand_over(nonce: uuid.UUID, *, at: dt.datetime) -> bool:
    """True for the first use of the link, whichever process asks; its signature was checked."""
    UsedHandOver.objects.filter(used_at__lt=at - _KEPT).delete()
    _used, first = UsedHandOver.objects.get_or_create(nonce=nonce, defaults={"used_at": at})
    return first
