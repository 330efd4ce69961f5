# Rapport's own image, for every service of docker-compose.yml.
FROM python:3.11-slim

ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1

WORKDIR /opt/rapport

# What draws PDF, and a font for Chinese in charts and PDF.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends \
        fontconfig fonts-dejavu-core fonts-wqy-microhei \
        libharfbuzz-subset0 libpango-1.0-0 libpangoft2-1.0-0 \
    && rm -rf /var/lib/apt/lists/*

# The lock first: it changes seldom, and its layer is the large one.
COPY requirements.lock ./
RUN pip install --compile --requirement requirements.lock

COPY pyproject.toml README.md ./
COPY src ./src
RUN pip install --no-deps --no-build-isolation --editable .

COPY dags ./dags
COPY dbt_project ./dbt_project
COPY expectations ./expectations
COPY reports ./reports
COPY companies ./companies
COPY docs/runbook ./docs/runbook
COPY scripts/server-entrypoint ./scripts/server-entrypoint

RUN useradd --uid 50000 --no-create-home --home-dir /var/lib/rapport rapport \
    && mkdir -p /var/lib/rapport \
    && chown rapport /var/lib/rapport
USER rapport
VOLUME /var/lib/rapport

ENV AIRFLOW_HOME=/var/lib/rapport/airflow \
    AIRFLOW__CORE__DAGS_FOLDER=/opt/rapport/dags \
    RAPPORT_VAR=/var/lib/rapport

ENTRYPOINT ["/opt/rapport/scripts/server-entrypoint"]
CMD ["airflow", "version"]
