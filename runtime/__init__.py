"""What keeps Mainstay running on one machine: PostgreSQL, broker, web, worker, beat.

Knows nothing of the field: no vendor, partner or certificate is named here.
"""
