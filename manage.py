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

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
