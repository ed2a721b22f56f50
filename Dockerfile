# Throughline's image: one for the web process, the workers, Beat and the migration; the command chooses.

FROM node:22-bookworm-slim AS front-end
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-progress

FROM python:3.11-slim-bookworm AS packages
COPY requirements.txt /build/
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r /build/requirements.txt

FROM python:3.11-slim-bookworm AS application
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
COPY --from=packages /venv /venv
COPY manage.py LICENSE ./
COPY models_registry models_registry
COPY governance governance
COPY templates templates
COPY tracker tracker

FROM application AS static
COPY --from=front-end /build/node_modules node_modules
# The key is used by nothing here and stays in this stage.
RUN SECRET_KEY=only-for-gathering-files python manage.py collectstatic --noinput --verbosity 0

FROM application
RUN useradd --system --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin throughline \
    && install --directory --owner throughline --mode 0750 /var/lib/throughline
COPY --from=static /app/staticfiles staticfiles
ENV THROUGHLINE_MODE=production THROUGHLINE_VAR=/var/lib/throughline BIND=0.0.0.0 PORT=8000 REMAP_SIGTERM=SIGQUIT
USER throughline
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=6s --start-period=30s --retries=3 CMD ["python", "-m", "tracker.operations.probe", "web"]
CMD ["gunicorn", "--config", "python:tracker.operations.web", "tracker.wsgi"]
