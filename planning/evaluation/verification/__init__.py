"""What `sacroplan verify --risk` holds the verdict against: structures read by brute force, and what becomes of alarms."""
