"""`python -m runtime.provision`: make the three roles on a server of your own, once.

For compose and for production: reads an administrator's address from MAINSTAY_ADMIN_URL, and
role names, passwords and database from the three addresses that the processes will use.
"""

from __future__ import annotations

import os
from urllib.parse import unquote, urlsplit

from . import roles
from .bootstrap import DATABASE_KEYS
from .database import ROLE_KEYS


def main() -> None:
    """Provision from the environment; stop with what is missing or wrong."""
    wanted = ("MAINSTAY_ADMIN_URL", *DATABASE_KEYS)
    if missing := [key for key in wanted if not os.environ.get(key)]:
        raise SystemExit(f"Set {', '.join(missing)}.")
    passwords, names = {}, set()
    for role, key in ROLE_KEYS.items():
        parts = urlsplit(os.environ[key])
        if parts.username != role:
            raise SystemExit(f"{key} names the role {parts.username!r}; it must be {role}.")
        passwords[role] = unquote(parts.password or "")
        names.add(unquote(parts.path.lstrip("/")))
    if len(names) != 1:
        raise SystemExit(f"The three addresses name different databases: {', '.join(names)}.")
    try:
        roles.provision(os.environ["MAINSTAY_ADMIN_URL"], names.pop(), passwords)
    except roles.RoleError as error:
        raise SystemExit(str(error)) from None
    print("Roles and database are in place.")


if __name__ == "__main__":
    main()
