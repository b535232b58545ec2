"""From an image of the treatment to the doses it delivered, by two scales and against the plan."""
