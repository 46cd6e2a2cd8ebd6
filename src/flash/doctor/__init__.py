"""`flash doctor`: whether everything that a live service needs is there and well, told line by line."""
