"""What matter does to radiation: cross sections, stopping powers and ranges of media by composition."""
