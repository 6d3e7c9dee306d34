"""The tables between which the main screen switches."""
