"""The training page over HTTP: FastAPI, templates and htmx, all assets local."""
