"""`manage.py webhook NAME URL`: where a workspace wants to be told of judged conversations."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from dashboard.webhooks import address, endpoints
from dashboard.workspaces.models import Workspace


class Command(BaseCommand):
    help = "Add a webhook; prints its id, and the secret that signs what is posted, once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")
        parser.add_argument("url", help="https://…, posted to after each analysis")
        parser.add_argument("--workspace", default="", help="its id; usually there is one only")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            url = address.checked(options["url"])
        except ValueError as trouble:
            raise CommandError(f"{trouble}.") from None
        workspace = _workspace(options["workspace"])
        try:
            endpoint, secret = endpoints.add(workspace, None, options["name"][:120], url)
        except endpoints.TooMany:
            raise CommandError("This workspace has as many webhooks as it can have.") from None
        self.stdout.write(f"id      {endpoint.pk}\nsecret  {secret}\n")


def _workspace(named: str) -> Workspace:
    found = Workspace.objects.filter(pk=named) if named else Workspace.objects.all()
    if len(workspaces := list(found[:2])) != 1:
        raise CommandError("Say which workspace with --workspace ID.")
    return workspaces[0]
