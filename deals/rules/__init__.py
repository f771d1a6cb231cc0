"""What holds of renewals on a day: where each stands, what the clock assumes, what it is worth."""
