"""An injection into a tumour: coverage, cold parts, and what to add where."""
