"""Airtel Money's Open API for Zambia."""
