from django.apps import AppConfig


class SimulationsConfig(AppConfig):
    name = "dashboard.simulations"
    label = "simulations"
