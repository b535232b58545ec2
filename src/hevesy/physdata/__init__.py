"""physdata."""
