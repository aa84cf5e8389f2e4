"""A synthetic country: children, homes and agencies, and what each of them would send."""
