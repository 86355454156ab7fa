"""Hand-written notes, one Markdown file an alert; the compiler weaves them into the pages."""
