"""One file per topic; each function under ``@row(..)`` is one row of the table."""
