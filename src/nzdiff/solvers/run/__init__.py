"""What every method runs on: the model as methods see it, searches, stopping, records."""
