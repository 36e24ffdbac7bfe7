"""How a course is made, proven, published, delivered, taught, recorded."""
