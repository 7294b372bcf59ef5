"""A document as the extraction looks at it: lines with neighbours, labels, blocks of parties. Knows no field."""
