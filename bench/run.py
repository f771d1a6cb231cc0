"""``make bench [ROWS=name,...]``: measure, print a table, write ``bench/results.json``."""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import sys
from pathlib import Path

RESULTS = Path(__file__).parent / "results.json"


def main() -> int:
    """Run the rows asked for (``ROWS``, all by default); 1 when one misses its target."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    import bench.rows
    from bench.measuring import rows
    from bench.world import World

    for module in pkgutil.iter_modules(bench.rows.__path__):
        importlib.import_module(f"bench.rows.{module.name}")
    asked = [name for name in os.environ.get("ROWS", "").split(",") if name] or sorted(rows)
    unknown = [name for name in asked if name not in rows]
    if unknown:
        print(f"Unknown: {', '.join(unknown)}. Known: {', '.join(sorted(rows))}.", file=sys.stderr)
        return 2
    results, world = [], World()
    try:
        for name in asked:
            row = rows[name]
            found = row.measure(world)
            ok = row.ok(found.ratio)
            results.append(
                {
                    "row": name,
                    "ratio": round(found.ratio, 3),
                    "target": row.target,
                    "better": row.better,
                    "ok": ok,
                    "n": found.n,
                    "note": found.note,
                }
            )
            sign = "≥" if row.better == "higher" else "≤"
            mark = "ok  " if ok else "MISS"
            print(
                f"{mark} {name:24} {found.ratio:8.3f}  {sign} {row.target:<6} {found.note}",
                flush=True,
            )
    finally:
        world.close()
    RESULTS.write_text(json.dumps(results, indent=2) + "\n")
    return 0 if all(result["ok"] for result in results) else 1
