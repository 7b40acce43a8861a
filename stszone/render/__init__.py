"""Report → text, Markdown, JSON.  Pure: a report goes in, a string comes out."""
