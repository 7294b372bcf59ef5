"""GPU memory of an engine, part by part. What is not known is said to be unknown, never taken to fit."""
