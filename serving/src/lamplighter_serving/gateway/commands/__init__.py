"""The commands of `lamplighter-gateway`, one a file."""
