"""`python -m lamplighter`."""

import sys

from .cli import main

sys.exit(main())
