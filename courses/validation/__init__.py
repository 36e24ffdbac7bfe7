"""How a course is proven: every lesson run by papermill and compared by nbval's rules."""
