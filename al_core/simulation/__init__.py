"""An oracle in place of the analyst: strategies compete on imagery whose truth is known."""
