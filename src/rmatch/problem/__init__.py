"""People and a program made numbers: the model, its bounds, its compiled limits and objectives."""
