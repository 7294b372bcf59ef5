"""The rules: pure functions from facts to findings, in one table (`registry`)."""
