"""Reading logs of any size: only what is near the screen is held."""
