"""Run the command line: python -m al_core."""

import sys

from .cli import main

sys.exit(main())
