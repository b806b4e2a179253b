from django.apps import AppConfig


class KnowledgeConfig(AppConfig):
    name = "dashboard.knowledge"
    label = "knowledge"
