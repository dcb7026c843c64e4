"""Reports: results as text, HTML, JSON and CSV; the only room that formats numbers."""
