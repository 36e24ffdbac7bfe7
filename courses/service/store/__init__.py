"""The learning store: its tables, and what is asked of them."""
