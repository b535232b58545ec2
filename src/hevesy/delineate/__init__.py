"""delineate."""
