"""Chunks in which rows that judge each other are together, wherever they stand in their file."""

from __future__ import annotations

import pickle
import tempfile
import zlib
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import TypeVar

from tenants.importing.kinds import Context, ImportKind, Row

T = TypeVar("T")


def groups_of(
    kind: ImportKind, numbers: Sequence[int], rows: Sequence[Row], context: Context
) -> list[Hashable]:
    """For each row's number what the row is about; a row that cannot be read is about nothing."""
    if kind.together is None:
        return [*numbers]
    found = dict(zip((row.number for row in rows), kind.together(rows, context), strict=True))
    return [found.get(number, number) for number in numbers]


def in_groups(
    batches: Iterable[Sequence[T]],
    groups: Callable[[Sequence[T]], Sequence[Hashable]],
    parts: int,
) -> Iterator[list[T]]:
    """All items in at most ``parts`` lists, each of whole groups and in the items' order.

    The items wait in a temporary file, so that memory holds one batch, and then one list. The same
    items come in the same lists in every process. Groups are numbers and texts.
    """
    with tempfile.TemporaryFile() as file:
        places: dict[int, list[int]] = defaultdict(list)
        for batch in batches:
            pieces: dict[int, list[T]] = defaultdict(list)
            for one, group in zip(batch, groups(batch), strict=True):
                pieces[zlib.crc32(repr(group).encode()) % parts].append(one)
            for part, piece in pieces.items():
                places[part].append(file.tell())
                pickle.dump(piece, file, pickle.HIGHEST_PROTOCOL)
        for part in sorted(places):
            found: list[T] = []
            for place in places[part]:
                file.seek(place)
                found += pickle.load(file)
            yield found
