"""What every test shares: nothing that starts by itself."""
