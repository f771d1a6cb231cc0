"""Partners, their people, customers, agreements and facts in the API, and imports of files."""

from partners.api import (
    agreements,
    applications,
    batch,
    companies,
    contracts,
    facts,
    fields,
    imports,
    people,
    relations,
    sharing,
)

__all__ = [
    "agreements",
    "applications",
    "batch",
    "companies",
    "contracts",
    "facts",
    "fields",
    "imports",
    "people",
    "relations",
    "sharing",
]
