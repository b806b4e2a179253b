"""Rows for the filters out of what was there before, and full-text search over what was said.

SQLite: a later migration that remakes the table of turns drops these triggers with it, and has to
make them again.
"""

from django.db import migrations

from dashboard.conversations import facts, tool_runs

AT_ONCE = 500

_WORDS = """
CREATE VIRTUAL TABLE conversations_words USING fts5(
    message, content='conversations_storedturn', content_rowid='id',
    tokenize='unicode61 remove_diacritics 2'
);
INSERT INTO conversations_words (rowid, message)
    SELECT id, message FROM conversations_storedturn WHERE message IS NOT NULL;
CREATE TRIGGER conversations_words_said AFTER INSERT ON conversations_storedturn
    WHEN new.message IS NOT NULL BEGIN
    INSERT INTO conversations_words (rowid, message) VALUES (new.id, new.message);
END;
CREATE TRIGGER conversations_words_unsaid AFTER DELETE ON conversations_storedturn
    WHEN old.message IS NOT NULL BEGIN
    INSERT INTO conversations_words (conversations_words, rowid, message)
        VALUES ('delete', old.id, old.message);
END;
CREATE TRIGGER conversations_words_corrected AFTER UPDATE OF message ON conversations_storedturn
    WHEN old.message IS NOT new.message BEGIN
    INSERT INTO conversations_words (conversations_words, rowid, message)
        SELECT 'delete', old.id, old.message WHERE old.message IS NOT NULL;
    INSERT INTO conversations_words (rowid, message)
        SELECT new.id, new.message WHERE new.message IS NOT NULL;
END;
"""
# Marks become spaces, so that addresses and joined words are found by each of their parts; a
# message is cut where PostgreSQL would refuse to make a vector of it.
_VECTOR = r"""
CREATE FUNCTION conversations_words(message text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT to_tsvector('simple', translate(left(message, 100000), './@:-_#&=?''+,\', repeat(' ', 14)))
$$;
CREATE INDEX conversations_words_idx ON conversations_storedturn
    USING gin (conversations_words(message)) WHERE message IS NOT NULL;
"""


def fill(apps, schema):
    talks = apps.get_model("conversations", "Conversation").objects
    going_on = ("initiated", "in-progress")
    rows = talks.exclude(status__in=going_on).select_related("version__agent").order_by("pk")
    after = ""
    while some := list(rows.filter(pk__gt=after)[:AT_ONCE]):
        _fill(apps, some)
        after = some[-1].pk


def _fill(apps, talks):
    turns, analyses = _turns(apps, talks), _analyses(apps, talks)
    Fact, ToolRun = (apps.get_model("conversations", name) for name in ("Fact", "ToolRun"))
    found, runs = [], []
    for talk in talks:
        told, analysis = turns.get(talk.pk, []), analyses.get(talk.pk)
        judged = analysis if talk.status == "done" else None
        here = facts.in_initiation(talk.initiation)
        here += facts.in_analysis(judged.verdicts, judged.collected) if judged else []
        of = {"workspace_id": talk.workspace_id, "conversation_id": talk.pk}
        found += [Fact(**of, **vars(fact)) for fact in here]
        used = tool_runs.runs_in(told)
        for run in used:
            began = tool_runs.timedelta(seconds=run.pop("began"))
            run["tool_id"] = tool_runs.id_of(run, {})
            runs.append(ToolRun(**of, agent_id=talk.agent_id, at=talk.started_at + began, **run))
        talk.tool_names = list(dict.fromkeys(run["tool_name"] for run in used))
        talk.visitor_messages = sum(t["role"] == "user" and t["said"] for t in told)
        ended = talk.ended_at or talk.started_at
        talk.lasted = max(0, round((ended - talk.started_at).total_seconds()))
        talk.outcome = judged.outcome if judged else "unknown"
    Fact.objects.bulk_create(found, batch_size=AT_ONCE)
    ToolRun.objects.bulk_create(runs, batch_size=AT_ONCE)
    columns = ["tool_names", "visitor_messages", "lasted", "outcome"]
    type(talks[0]).objects.bulk_update(talks, columns, batch_size=100)


def _turns(apps, talks):
    turns = apps.get_model("conversations", "StoredTurn").objects
    columns = ("conversation_id", "role", "message", "tool_calls", "tool_results", "seconds_in")
    by_talk = {}
    rows = turns.filter(conversation_id__in=[talk.pk for talk in talks]).order_by("number")
    for row in rows.values(*columns).iterator(chunk_size=AT_ONCE):
        row["said"] = row.pop("message") is not None
        by_talk.setdefault(row.pop("conversation_id"), []).append(row)
    return by_talk


def _analyses(apps, talks):
    rows = apps.get_model("conversations", "Analysis").objects
    return {row.pk: row for row in rows.filter(pk__in=[talk.pk for talk in talks])}


def search(apps, schema):
    if schema.connection.vendor == "postgresql":
        schema.execute(_VECTOR)
    else:
        for statement in _statements(_WORDS):
            schema.execute(statement)


def no_search(apps, schema):
    if schema.connection.vendor == "postgresql":
        schema.execute("DROP INDEX conversations_words_idx")
        schema.execute("DROP FUNCTION conversations_words(text)")
    else:
        for name in ("said", "unsaid", "corrected"):
            schema.execute(f"DROP TRIGGER conversations_words_{name}")
        schema.execute("DROP TABLE conversations_words")


def _statements(script):
    """One at a time, each ending at the end of a line; a trigger goes on to its own END."""
    lines = []
    for line in script.strip().splitlines():
        lines.append(line)
        opened = lines[0].startswith("CREATE TRIGGER")
        if line == "END;" if opened else line.endswith(";"):
            yield "\n".join(lines)
            lines = []


class Migration(migrations.Migration):

    dependencies = [("conversations", "0002_facts_and_files"), ("agents", "0001_initial")]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RunPython(search, no_search),
    ]
