"""Reads documents into pages of placed words. Knows no engine and no queue."""
