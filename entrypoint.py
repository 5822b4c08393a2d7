"""What the container of the Action runs."""

import sys

from scanner.action import main

if __name__ == "__main__":
    sys.exit(main())
