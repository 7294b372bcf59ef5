"""Lists of a schema: rows of tables, blocks of parties, values of a kind. `find` is the way in. No model is asked."""
