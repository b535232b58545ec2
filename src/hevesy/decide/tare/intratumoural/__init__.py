"""Coverage of an injected tumour, and where to add activity."""
