"""Disks of nodes, and what it costs to keep one."""

#: US dollars a month for a GiB of a node's OS disk, lit or not: Azure Premium SSD, P30, 135.17 for 1024 GiB (lucidity.cloud,
#: "Understanding Azure Standard SSD vs Premium SSD Pricing", read in 2026). Smaller ones cost up to a sixth more for each GiB.
GIB_MONTH_USD = 0.132
#: A month of a price list.
HOURS_A_MONTH = 730
