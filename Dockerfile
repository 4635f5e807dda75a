# One image for every process; the command decides which one it is (docker-compose.yml).

FROM python:3.13-slim AS packages
RUN python -m venv --without-pip /venv
COPY requirements.txt /
# Wheels only: a compiler is needed neither here nor in the image.
RUN pip --python /venv/bin/python install --no-cache-dir --only-binary=:all: -r /requirements.txt

FROM python:3.13-slim
LABEL org.opencontainers.image.title="Paperboy" org.opencontainers.image.licenses="MIT"
RUN groupadd --gid 10001 paperboy \
    && useradd --uid 10001 --gid paperboy --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin paperboy \
    && install --directory --owner paperboy --group paperboy --mode 0700 /data /data/beat /run/prometheus
COPY --from=packages /venv /venv
# .dockerignore lists what a process imports; nothing else is here to be copied.
COPY . /app
WORKDIR /app
RUN python -m compileall -q . && chmod -R a+rX .
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONPATH=/app \
    GRANIAN_LOG_CONFIG=/app/observability/granian.json \
    ENV=production \
    BIND_HOST=0.0.0.0 \
    PORT=8000 \
    WEB_WORKERS=2 \
    DATA_DIR=/data \
    PROMETHEUS_MULTIPROC_DIR=/run/prometheus
USER paperboy
EXPOSE 8000 5555
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-I", "deploy/health/answers.py", "8000", "/health/live"]
CMD ["python", "-m", "web", "--interface", "wsgi", "--http", "1", "--no-ws", "--host", "0.0.0.0", "--port", "8000", \
     "--workers", "2", "--blocking-threads", "32", "--backlog", "2048", "--respawn-failed-workers", "--workers-kill-timeout", "4"]
