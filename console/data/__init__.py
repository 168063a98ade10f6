"""Package data of the console: `order.json`, the order payload of the Blink document (K:113), as it stands."""
