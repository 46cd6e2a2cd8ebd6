# One image for the web processes, the workers, the migration and the backup: only the command differs.
#   docker build -t flash .    (compose.yaml does it)

# Everything is installed into one folder, by exact versions and hashes; pip and the sources stay behind.
FROM python:3.12-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
RUN python -m venv /opt/flash
WORKDIR /src
COPY requirements.txt ./
RUN /opt/flash/bin/pip install --require-hashes --only-binary :all: -r requirements.txt
COPY setup.py pyproject.toml ./
COPY src ./src
RUN /opt/flash/bin/pip install --no-deps --no-build-isolation . \
    && /opt/flash/bin/pip uninstall -y pip

FROM python:3.12-slim
# pg_dump for `flash backup`, of the newest version that Debian's PostgreSQL archive has: it reads older servers too.
ARG PG_MAJOR=17
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends "postgresql-client-${PG_MAJOR}" \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin flash
COPY --from=build /opt/flash /opt/flash
WORKDIR /srv/flash
COPY production.ini ./
COPY alembic ./alembic
ENV PATH=/opt/flash/bin:$PATH FLASH_INI=production.ini PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001
EXPOSE 6543
STOPSIGNAL SIGTERM
# For web processes; the other services of compose.yaml say their own.
HEALTHCHECK --interval=5s --timeout=4s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen('http://127.0.0.1:' + os.environ.get('PORT', '6543') + '/health/ready/', timeout=3)"]
CMD ["pserve", "production.ini"]
