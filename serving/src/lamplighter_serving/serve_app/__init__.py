"""The one door to Ray: Ray, Ray Serve, and in it the engine of a worker as a deployment. Knows no jobs and no documents.

`ray_head` is Ray itself, alone on one machine or over the nodes of a group; `served` is the engine inside; `follow` joins a
group. Importing this imports no Ray: that takes a second and happens in a stage of its own.
"""

from .served import ServedEngine, start

__all__ = ["ServedEngine", "start"]
