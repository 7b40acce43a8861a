"""Exchanges with ConoHa as far as they are known, each with how sure that is."""
