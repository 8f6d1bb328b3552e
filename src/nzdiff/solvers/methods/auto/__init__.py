"""The method that is chosen while it runs."""
