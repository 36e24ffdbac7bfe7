"""`python -m courses.service`: how the hub starts the course pages."""

import sys

from courses.service.app import main

sys.exit(main())
