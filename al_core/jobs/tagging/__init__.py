"""The verbs on projects whose tiles are labelled as a whole."""
