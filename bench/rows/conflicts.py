"""Which company is meant: by its keys, and by a name with a mistake in it."""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

from bench.measuring import Measured, row, seconds
from bench.world import World

FEW, MANY, CALLS = 20_000, 200_000, 400
EXACT, FUZZY, FLAT = 5.0, 20.0, 2.0
"""Times one bare lookup for a key and for a name; how much either grows from few to many."""
LETTERS = "abcdefghijklmnopqrstuvwxyz"


@row("conflicts.check", target=1.0, better="lower")
def conflicts_check(world: World) -> Measured:
    """p95 of ``find`` by key and by name against that of one bare indexed lookup of a domain, in
    turns, with 20,000 and with 200,000 accounts; the ratio is the largest share of its limit."""
    from tenants import scope
    from tenants.models import Vendor

    world.fresh("conflicts_check")
    vendor = Vendor.objects.create(code="bench", name="Bench")
    names = _Names()
    found = {}
    for size, more in ((FEW, FEW), (MANY, MANY - FEW)):
        _seed(world, vendor.pk, names, more)
        with scope.entered_vendor(vendor.pk), closing(world.connect()) as bare:
            found[size] = _measure(bare, vendor.pk, names)
    exact, fuzzy = (
        max(found[size][kind] / found[size]["bare"] for size in found) for kind in ("key", "name")
    )
    flat = max(_share(found[MANY], kind) / _share(found[FEW], kind) for kind in ("key", "name"))
    words = "; ".join(
        f"{size:,} accounts: bare {one['bare'] * 1e3:.2f}, key {one['key'] * 1e3:.2f},"
        f" name {one['name'] * 1e3:.2f} ms p95 (medians {one['bare median'] * 1e3:.2f},"
        f" {one['key median'] * 1e3:.2f}, {one['name median'] * 1e3:.2f}),"
        f" {one['hit'] * 100:.0f} % of the names met"
        for size, one in found.items()
    )
    note = f"key {exact:.1f}, name {fuzzy:.1f}, growth {flat:.2f}; {words}"
    return Measured(max(exact / EXACT, fuzzy / FUZZY, flat / FLAT), CALLS, note)


def _share(one: dict[str, float], kind: str) -> float:
    """Times the bare lookup of the same moment, by the medians: the machine may be busier later."""
    return one[f"{kind} median"] / one["bare median"]


def _measure(bare: Any, vendor_id: int, names: _Names) -> dict[str, float]:
    """p95 of each in seconds, and the share of mistaken names whose account was found."""
    from deals.matching import Company, find

    chance, met = random.Random(5), 0
    took: dict[str, list[float]] = {"bare": [], "key": [], "name": []}
    with bare.cursor() as cursor:
        for n in range(CALLS + 20):
            number = chance.randrange(len(names.made))
            domain, name = f"c{number}.example", names.made[number]
            typed = _mistaken(name, chance)
            answer: list[Any] = []
            steps: dict[str, Callable[[], object]] = {
                "bare": lambda d=domain: (
                    cursor.execute(_LOOKUP, [vendor_id, d]),
                    cursor.fetchall(),
                ),
                "key": lambda d=domain: find(Company(domains=(d,))),
                "name": lambda t=typed, a=answer: a.extend(find(Company(name=t))),
            }
            times = {kind: seconds(step) for kind, step in steps.items()}
            if n < 20:  # compiled and prepared once
                continue
            met += any(match.account.name == name for match in answer)
            for kind, time in times.items():
                took[kind].append(time)
    found = {kind: sorted(all_of) for kind, all_of in took.items()}
    middle = {f"{kind} median": times[CALLS // 2] for kind, times in found.items()}
    p95 = {kind: times[int(CALLS * 0.95)] for kind, times in found.items()}
    return {**p95, **middle, "hit": met / CALLS}


_LOOKUP = """
SELECT account_id FROM deals_accountkey WHERE vendor_id = %s AND kind = 'domain' AND value = %s
"""


def _mistaken(name: str, chance: random.Random) -> str:
    at = chance.randrange(len(name) - 1)
    return chance.choice(
        [
            name[:at] + name[at + 1 :],
            name[:at] + name[at + 1] + name[at] + name[at + 2 :],
            name[:at] + chance.choice(LETTERS) + name[at + 1 :],
        ]
    )


class _Names:
    """Names like those of companies: words of their own, the commonest in 0.6 % of them, and words
    that very many carry."""

    def __init__(self) -> None:
        from deals.rules.names import GENERIC

        self.chance = random.Random(7)
        self.generic = sorted(GENERIC)
        syllables = [
            a + b for a in "bcdfghjklmnprstvwz" for b in ("a", "e", "i", "o", "u", "an", "er")
        ]
        made: set[str] = set()
        while len(made) < 30_000:
            made.add("".join(self.chance.choices(syllables, k=self.chance.choice((2, 3, 3, 4)))))
        self.words = self.chance.sample(sorted(made), len(made))
        self.made: list[str] = []

    def more(self, count: int) -> Iterator[tuple[int, str]]:
        for _n in range(count):
            kind = self.chance.random()
            words = [self._word()]
            if kind > 0.75:
                words.append(self._word())
            if kind > 0.15:
                words.append(self.generic[int(len(self.generic) * self.chance.random() ** 3)])
            self.made.append(" ".join(words))
            yield len(self.made) - 1, self.made[-1]

    def _word(self) -> str:
        return self.words[int(len(self.words) * self.chance.random() ** 2)]


def _seed(world: World, vendor_id: int, names: _Names, count: int) -> None:
    from deals.rules.names import fold, grams

    accounts, keys = io.StringIO(), io.StringIO()
    for number, name in names.more(count):
        folded = fold(name)
        found = ",".join(map(str, grams(vendor_id, folded)))
        accounts.write(
            f"{number + 1}\t{vendor_id}\t{name}\t{{}}\t\t\tstaff\t{folded}\t{{{found}}}\tnow\tnow\n"
        )
        keys.write(f"{vendor_id}\t{number + 1}\tdomain\tc{number}.example\n")
    accounts.seek(0)
    keys.seek(0)
    with closing(world.connect()) as connection, connection.cursor() as cursor:
        cursor.copy_expert(
            "COPY deals_account (id, vendor_id, name, aliases, country, external_id, source,"
            " folded, grams, created_at, updated_at) FROM STDIN",
            accounts,
        )
        cursor.copy_expert(
            "COPY deals_accountkey (vendor_id, account_id, kind, value) FROM STDIN", keys
        )
        cursor.execute("VACUUM ANALYZE deals_account")
        cursor.execute("VACUUM ANALYZE deals_accountkey")
