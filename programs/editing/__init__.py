"""Editing the document as plain values: shapes of its fields, places, entries, trees. Pure."""
