"""What stands between the store and the window: the open case, its CT, its predictions."""
