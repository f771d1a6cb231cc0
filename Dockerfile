# One image for web, worker, beat and the one-shot migration; see docker-compose.yml.

FROM node:22-slim AS frontend
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci

FROM python:3.13-slim AS packages
WORKDIR /app
COPY requirements.lock ./
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --no-deps --require-hashes -r requirements.lock

FROM python:3.13-slim
# Pango draws the PDFs.
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --create-home --home-dir /var/lib/mainstay mainstay \
    && install -d -o mainstay /files
WORKDIR /app
COPY --from=packages /venv /venv
COPY --from=frontend /app/node_modules node_modules
COPY . .
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    MAINSTAY_HOME=/var/lib/mainstay \
    MAINSTAY_BIND=0.0.0.0 \
    PORT=8000
# Runs as development: collecting files needs no secret, and production refuses to start without.
RUN python manage.py collectstatic --noinput && chown -R mainstay: /var/lib/mainstay
USER mainstay
ENV MAINSTAY_ENV=production
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=12s --start-period=30s --retries=3 \
    CMD ["python", "-m", "runtime.services", "health", "web"]
CMD ["python", "-m", "runtime.services", "web"]
