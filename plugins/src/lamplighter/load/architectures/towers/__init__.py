"""Towers beside a decoder: what sees pictures, and the projector that turns what it saw into tokens."""
