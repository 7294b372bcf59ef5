"""What a change of the repository does to an environment: two sides of it, before and after, and what differs. Pure."""
