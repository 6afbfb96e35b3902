"""Laws and standards: the criteria by which a finding is a major hazard."""
