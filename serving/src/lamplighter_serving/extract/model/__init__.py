"""What the model is asked, and what its answers mean."""
