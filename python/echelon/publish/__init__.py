"""Documents: reports in HTML, Word, LaTeX and Markdown, and the bundle that reruns a study."""
