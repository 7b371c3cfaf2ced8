"""How smooth the window is, for `sacroplan bench --window`: a real window, real events, a CT of 512 × 512 × 400."""
