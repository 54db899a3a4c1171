"""Mouse and keys become signals."""
