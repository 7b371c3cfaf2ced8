"""Qt views: they draw what `app.representations` describes."""
