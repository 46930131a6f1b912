"""What the black-box suites share: clients, shows made by hand, checks of whole answers, waiting."""
