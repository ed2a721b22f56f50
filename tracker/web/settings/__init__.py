"""Teams, people, policies, calendars."""
