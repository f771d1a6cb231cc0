"""Pages of partners: customers, team, company, imports, and the public application."""
