"""`daybook export`: a table or view for analysts as one file."""
