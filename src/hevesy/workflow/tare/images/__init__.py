"""Images that the files of radioembolisation name: reading, measuring, and what lies where it should not."""
