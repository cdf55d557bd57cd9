"""Reports of a run: one JSON document, and what is made of it: JUnit, HTML page, badge, comparison."""
