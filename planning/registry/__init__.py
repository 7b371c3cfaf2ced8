"""A registry of cases: one row a case file, and a cohort summed up as published series are."""
