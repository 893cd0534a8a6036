"""Problems and known errors; they link incidents and changes. Nothing here yet."""
