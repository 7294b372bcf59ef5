"""Files of clients and batches over them: many questions, answered when nobody waits for something else."""
