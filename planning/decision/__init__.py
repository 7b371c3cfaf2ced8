"""Decision support: facts of a case, and what speaks for and against each option. It orders, and never decides."""
