"""What every surface shares: pages, tables, files, the API base. No nouns of the field."""
