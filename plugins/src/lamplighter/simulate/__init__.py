"""What a wake costs: a discrete-event model of the whole loop, from a job's arrival to its result and to the node's end.

Pure: facts, arrivals and a seed in, a record out. It knows what the tools' sources and published runs say, and nothing of load
on a GPU: a job takes as long as was said, beside others or alone.
"""
