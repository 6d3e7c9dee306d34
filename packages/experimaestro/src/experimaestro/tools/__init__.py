"""Tools for those who look after results, and after documentation."""
