"""The gallery: pictures of all tiles, to sort, select and tag."""
