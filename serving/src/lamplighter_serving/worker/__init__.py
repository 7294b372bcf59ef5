"""One supervisor a pod: wakes the engine, leases jobs, finishes or hands back every one of them."""
