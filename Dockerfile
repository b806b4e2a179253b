# One image for every role: `up` (the default), a worker, the clock.
FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PARLEY_HOME=/data PARLEY_HOST=0.0.0.0

WORKDIR /parley
COPY requirements.lock requirements-embeddings.lock requirements-postgres.lock ./
RUN pip install --no-cache-dir --no-deps --only-binary :all: --require-hashes \
    -r requirements.lock -r requirements-embeddings.lock -r requirements-postgres.lock
COPY manage.py ./
COPY dashboard dashboard
COPY static static
COPY templates templates
RUN python -m compileall -q dashboard \
    && useradd --system parley && mkdir /data && chown parley /data

USER parley
VOLUME /data
EXPOSE 8000
CMD ["python", "manage.py", "up"]
