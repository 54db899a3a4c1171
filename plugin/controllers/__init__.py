"""One controller per step of the analyst's work."""
