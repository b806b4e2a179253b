from django.apps import AppConfig


class DashboardConfig(AppConfig):
    name = "dashboard"

    def ready(self) -> None:
        from . import celery, checks  # noqa: F401  (tasks of every room belong to this application)
