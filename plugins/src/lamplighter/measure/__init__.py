"""What a node can do, measured on the node itself: reads of its disk, downloads from a registry, wakes that a gateway saw.

The only part of the plugin that puts load on anything; each measurement has bounds in bytes and seconds.
"""
