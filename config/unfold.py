"""The admin's look: everything that depends on the vendor is asked per request."""

from __future__ import annotations

_HERE = "tenants.admin_site."

UNFOLD = {
    "SITE_TITLE": _HERE + "site_title",
    "SITE_HEADER": _HERE + "site_title",
    "SITE_SUBHEADER": _HERE + "site_subheader",
    "SITE_SYMBOL": "hub",
    "SITE_URL": _HERE + "portal",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": _HERE + "favicon"}],
    "STYLES": [_HERE + "own_style"],
    "SCRIPTS": [_HERE + "own_script"],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "ENVIRONMENT": _HERE + "environment",
    "ACCOUNT": {"navigation": _HERE + "account_links"},
    "COLORS": {"primary": _HERE + "primary_colours"},
    "COMMAND": {"search_models": False, "show_history": False},
    "SIDEBAR": {
        "show_search": False,
        "command_search": False,
        "show_all_applications": False,
        "navigation": _HERE + "navigation",
    },
}
