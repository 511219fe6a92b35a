RACES: dict[str, str] = {}
