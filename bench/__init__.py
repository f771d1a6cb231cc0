"""Speed, measured against its own limit in the same run. See ``bench/README.md``."""
