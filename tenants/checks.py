"""System checks of the base, and the refusal to run as a privileged database role."""

from __future__ import annotations

from tenants.rows import register_walled_models

register_walled_models()
