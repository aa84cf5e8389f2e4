"""What an agency sends with: a publisher that keeps every report on the agency's own disk until the hub answers."""
