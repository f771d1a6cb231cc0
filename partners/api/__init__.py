"""Partners, their people, customers and agreements in the API, and imports of files."""

from partners.api import agreements, companies, imports, people

__all__ = ["agreements", "companies", "imports", "people"]
