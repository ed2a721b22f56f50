"""Who is told: alerts, their deliveries, and the channels they go by."""
