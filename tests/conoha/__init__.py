"""ConoHa's DNS API: a fake of it over HTTP, and what is known of the real one."""
