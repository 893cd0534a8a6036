"""Problems: why incidents happen again, what helps meanwhile, and which change ended it; folds of their own streams."""
