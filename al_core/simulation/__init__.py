"""What stands in for the real world: imagery that can be shipped, and its truth."""
