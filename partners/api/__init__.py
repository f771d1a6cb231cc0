"""Partners, their people, customers, agreements and facts in the API, and imports of files."""

from partners.api import agreements, companies, facts, imports, people

__all__ = ["agreements", "companies", "facts", "imports", "people"]
