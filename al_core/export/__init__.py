"""Finished maps, and the styles that travel with them."""
