"""Reviews in the vendor's admin."""

from reviews.admin import measures, runs

__all__ = ["measures", "runs"]
