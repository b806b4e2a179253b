"""Agents made before there were such rows: their voice, their tags, and what they need."""

from django.db import migrations


def fill(apps, schema_editor):
    from dashboard.agents.needs import needs_of

    agents, needs, tags = (apps.get_model("agents", name) for name in ("Agent", "Need", "AgentTag"))
    for agent in agents.all_objects.select_related("version").iterator(chunk_size=50):
        named = dict.fromkeys(tag[:100] for tag in agent.tags if isinstance(tag, str))
        tags.objects.bulk_create(
            [tags(agent=agent, name=tag) for tag in named], ignore_conflicts=True
        )
        version = agent.version
        if version is None or agent.deleted_at is not None:
            continue
        tts = version.conversation_config.get("tts")
        voice = tts.get("voice_id") if isinstance(tts, dict) else None
        if isinstance(voice, str) and not agent.voice_id:
            agents.all_objects.filter(pk=agent.pk).update(voice_id=voice[:100])
        wanted = needs_of(
            [version.conversation_config, version.platform_settings, version.workflow]
        )
        needs.objects.bulk_create(
            [
                needs(workspace_id=agent.workspace_id, agent=agent, kind=kind, named_id=named_id)
                for kind, named_id in sorted(wanted)
            ],
            ignore_conflicts=True,
        )


class Migration(migrations.Migration):
    dependencies = [("agents", "0002_tools_keys_audit")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop, elidable=True)]
