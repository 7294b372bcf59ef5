"""Telling others that a job has ended: signed, again until it is heard, and never to an address inside."""
