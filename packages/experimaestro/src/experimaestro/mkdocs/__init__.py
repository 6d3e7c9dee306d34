"""Pages about configurations, for MkDocs and whatever else reads Markdown."""
