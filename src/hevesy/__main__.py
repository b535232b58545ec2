"""Run the command line as ``python -m hevesy``."""

from hevesy.cli import main

if __name__ == "__main__":
    main()
