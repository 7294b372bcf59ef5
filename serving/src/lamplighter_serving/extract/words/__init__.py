"""Words as they are compared, and what they mean in business documents. Knows no field and no layout."""
