"""`manage.py webhook NAME URL`: where a workspace wants to be told of judged conversations."""

from __future__ import annotations

import secrets
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import URLValidator
from django.db import transaction

from dashboard.workspaces import vault
from dashboard.workspaces.models import Workspace


class Command(BaseCommand):
    help = "Add a webhook; prints its id, and the secret that signs what is posted, once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")
        parser.add_argument("url", help="https://…, posted to after each analysis")
        parser.add_argument("--workspace", default="", help="its id; usually there is one only")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            URLValidator(["http", "https"])(options["url"])
        except ValidationError:
            raise CommandError(f"{options['url']!r} is no http or https address.") from None
        workspace = _workspace(options["workspace"])
        value = f"wsec_{secrets.token_hex(32)}"
        with transaction.atomic():
            secret = vault.keep(workspace, f"Webhook {options['name']}"[:120], value)
            endpoint = workspace.webhooks.create(
                name=options["name"][:120], url=options["url"], secret=secret
            )
        self.stdout.write(f"id      {endpoint.pk}\nsecret  {value}\n")


def _workspace(named: str) -> Workspace:
    found = Workspace.objects.filter(pk=named) if named else Workspace.objects.all()
    if len(workspaces := list(found[:2])) != 1:
        raise CommandError("Say which workspace with --workspace ID.")
    return workspaces[0]
