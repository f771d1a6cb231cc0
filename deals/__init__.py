"""What partners work on with their customers: renewals of what runs."""
