"""The typed core, under its old addresses."""
