"""Findings for people and for machines, from the same objects."""
