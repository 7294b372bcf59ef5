"""What the program calls itself in its outputs."""

NAME = "lamplighter"
#: The same as in pyproject.toml and plugin.yaml; reading installed metadata would cost a tenth of a start.
VERSION = "0.1.0"
