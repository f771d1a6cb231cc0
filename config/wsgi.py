"""The web process. Refuses to start under a database role that could look past the walls."""

from __future__ import annotations

import os

from runtime.bootstrap import load_environment

load_environment()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from django.core.wsgi import get_wsgi_application  # noqa: E402

application = get_wsgi_application()

from django.db import connection  # noqa: E402

from runtime.roles import refuse_privileged  # noqa: E402

refuse_privileged(connection)
connection.close()
