"""Are paths judged rightly? Exact distances, built cases whose answers are known, and the place where every limit begins."""
