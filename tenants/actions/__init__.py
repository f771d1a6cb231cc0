"""What the base does: identity, vendors, API clients, the seal. Import from the submodules."""
