"""A live cluster, read only: the door to it, what is seen through it, and how that compares with git."""
