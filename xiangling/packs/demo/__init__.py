"""Demo city data: a fictional city, its units, venue types and sentence templates; read by xiangling.config.demo_city."""
