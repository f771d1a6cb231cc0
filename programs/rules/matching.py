"""Different people for each of several selections: who serves which, and who is missing.

Both answers are exact: by Hall's theorem there are enough people if and only if every group of
selections has, together, as many people as it needs; the largest gap is how many are missing.
"""

from collections.abc import Sequence
from itertools import combinations

Keys = frozenset[str]


def can_serve(groups: Sequence[Keys], needs: Sequence[int]) -> bool:
    """Whether nobody is missing."""
    for keys, need in zip(groups, needs, strict=True):
        if len(keys) < need:
            return False
    if len(groups) == 2:
        return len(groups[0] | groups[1]) >= needs[0] + needs[1]
    return not short_of(groups, needs)[0]


def short_of(groups: Sequence[Keys], needs: Sequence[int]) -> tuple[int, tuple[int, ...]]:
    """How many people are missing, and for which selections together: `(0, ())` if nobody is.

    The smallest group of selections with the largest gap, the earliest listed first.
    """
    gap = 0
    among: tuple[int, ...] = ()
    for size in range(1, len(groups) + 1):
        for chosen in combinations(range(len(groups)), size):
            need = sum(needs[index] for index in chosen)
            if need - gap <= 0:
                continue
            people = frozenset().union(*(groups[index] for index in chosen))
            if need - len(people) > gap:
                gap, among = need - len(people), chosen
    return gap, among


def assigned(groups: Sequence[Keys], needs: Sequence[int]) -> list[set[str]]:
    """Of each selection the people who serve it, nobody twice, as many in all as possible."""
    serving: list[set[str]] = [set() for _ in groups]
    serves: dict[str, int] = {}

    def found(index: int, tried: set[str]) -> bool:
        """Give a selection one more person, moving others to where they serve as well."""
        for key in sorted(groups[index] - tried):
            tried.add(key)
            taken = serves.get(key)
            if taken == index:
                continue
            if taken is None or found(taken, tried):
                if taken is not None:
                    serving[taken].discard(key)
                serving[index].add(key)
                serves[key] = index
                return True
        return False

    for index, need in enumerate(needs):
        while len(serving[index]) < need and found(index, set()):
            pass
    return serving
