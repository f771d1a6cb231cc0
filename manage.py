#!/usr/bin/env python
"""Mainstay's commands. `manage.py up` starts everything; the others use what it started.

`db upgrade` works while nothing runs, on data that this release's server cannot read.
"""

import os
import sys


def main() -> None:
    """Run one command, with the addresses and secrets of this checkout filled in."""
    if sys.argv[1:2] == ["up"] and "--help" not in sys.argv:
        from runtime import up

        up.main()
        return
    if sys.argv[1:2] == ["db"]:
        from runtime import upgrade

        upgrade.main(sys.argv[2:])
        return
    from runtime.bootstrap import load_environment

    load_environment(sys.argv)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line
    from django.db import OperationalError

    try:
        execute_from_command_line(sys.argv)
    except OperationalError as error:
        # Without a code of the server's nobody answered: what to do, instead of a traceback.
        if getattr(error.__cause__, "pgcode", "") is not None or "--traceback" in sys.argv:
            raise
        raise SystemExit(
            f"{str(error).strip()}\nStart the database with `make run` in another terminal. A "
            "MAINSTAY_HOME= that was given there is needed here, too."
        ) from None


if __name__ == "__main__":
    main()
