"""From the document to what is drawn: plain drawing primitives on slices, VTK actors in 3D.

Nothing here knows Qt. A view in the window and a picture in a report draw the same primitives.
"""
