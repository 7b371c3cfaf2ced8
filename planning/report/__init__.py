"""The report as a model of sections; `app.export` draws it."""
