"""`python -m strabo`."""

from strabo.cli import main

main()
