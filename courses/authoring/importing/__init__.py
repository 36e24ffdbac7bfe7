"""How existing notebooks become a course: a folder of them, or what nbgrader is taught with."""
