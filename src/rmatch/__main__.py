"""``python -m rmatch``."""

import sys

from rmatch.cli import main

if __name__ == "__main__":
    sys.exit(main())
